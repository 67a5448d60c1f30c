// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

@Suite("Mounts and root path")
struct MountTests {
    @Test(
        "A mount takes whole segments and leaves the rest without the slash between",
        arguments: [
            ("/static", ""), ("/static/", ""), ("/static/a/b.css", "a/b.css"), ("/static//a", "/a"), ("/statics", nil),
            ("/stati", nil), ("/x/static/a", nil), ("//static/a", nil),
        ])
    func prefix(path: String, remaining: String?) async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter { Mount("/static", application) }
        if let remaining {
            try await router.run(path)
            #expect(application.last?.route.remaining == remaining)
            #expect(application.last?.path == path)
        } else {
            await #expect(throws: RoutingError.self) { try await router.run(path) }
        }
    }

    @Test("A final slash in the prefix is demanded of the path; an empty prefix takes everything")
    func slashes() async throws {
        let (strict, all) = (Recorder<HTTP>(), Recorder<HTTP>())
        let router = URLRouter {
            Mount("/strict/", strict)
            Mount("/", all)
        }
        try await router.run("/strict/x")
        #expect(strict.last?.route.remaining == "x")
        for (path, remaining) in [("/strict", "strict"), ("/", ""), ("//double", "/double"), ("/聊天/", "聊天/")] {
            try await router.run(path)
            #expect(all.last?.route.remaining == remaining)
        }
        #expect(strict.scopes.count == 1)
    }

    @Test("A mount's prefix may have captures, greedy ones too, cut only before a slash")
    func captures() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter {
            Mount("/team/<int:team>", URLRouter { Route("/member/<member>/", application) })
            Mount("/tree/<path:node>/leaf", application)
            Mount("/any/<path:all>", application)
        }
        // A leading slash is optional in the patterns of inner routers too.
        try await router.run("/team/7/member/li/")
        #expect(try application.last?.route["team", as: Int.self] == 7)
        #expect(application.last?.route["member"] == "li")
        try await router.run("/tree/a/leaf/leaf/b")
        #expect(application.last?.route["node"] == "a/leaf")
        #expect(application.last?.route.remaining == "b")
        try await router.run("/any/a/b")
        #expect(application.last?.route["all"] == "a/b")
        #expect(application.last?.route.remaining == "")
        // The line feed is not taken, and no place before it is the end of a segment but the slash's.
        try await router.run("/any/a/b\nc")
        #expect(application.last?.route["all"] == "a")
        #expect(application.last?.route.remaining == "b\nc")
        await #expect(throws: RoutingError.self) { try await router.run("/team/7x/member/li/") }
    }

    @Test("A mounted application that is no router may decline, an endpoint may not")
    func declining() async throws {
        let decline = ClosureApplication<HTTP> { _, _, _ in throw RoutingError(.noRoute, "no such file") }
        let last = Recorder<HTTP>()
        let mounted = URLRouter {
            Mount("/", decline)
            Route("/a/", last)
        }
        try await mounted.run("/a/")
        #expect(last.scopes.count == 1)
        let routed = URLRouter {
            Route("/a/", decline)
            Route("/a/", last)
        }
        let error = await #expect(throws: RoutingError.self) { try await routed.run("/a/") }
        #expect(error?.description == "no such file")
        #expect(last.scopes.count == 1)
    }

    @Test("Other errors of a mounted application are not taken for a missing route")
    func errors() async throws {
        let failing = ClosureApplication<HTTP> { scope, _, _ in _ = try scope.route["missing", as: Int.self] }
        let last = Recorder<HTTP>()
        let router = URLRouter {
            Mount("/", failing)
            Route("/a/", last)
        }
        let error = await #expect(throws: RoutingError.self) { try await router.run("/a/") }
        #expect(error?.code == .noSuchCapture)
        #expect(last.scopes.isEmpty)
    }

    @Test(
        "ASGI root_path is taken off first, as whole segments, and only where it stands",
        arguments: [
            ("/app/foo/", "/app", true), ("/foo/", "/app", true), ("/appfoo/", "/app", false), ("/foo/", "", true),
            ("/app/app/foo/", "/app", false), ("/应用/foo/", "/应用", true), ("/a/b/foo/", "/a/b", true),
            ("/a/foo/", "/a/b", false),
        ])
    func rootPath(path: String, root: String, matches: Bool) async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter { Route("/foo/", application) }
        if matches {
            try await router.run(path, rootPath: root)
            #expect(application.last?.path == path)
        } else {
            await #expect(throws: RoutingError.self) { try await router.run(path, rootPath: root) }
        }
    }

    @Test("The root path alone is the empty path")
    func rootAlone() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter { Route("/", application) }
        try await router.run("/app", rootPath: "/app")
        try await router.run("/app/", rootPath: "/app")
        #expect(application.scopes.count == 2)
    }

    @Test("Inner captures stand over outer ones, the innermost name counts, a sibling sees nothing of a failed mount")
    func merging() async throws {
        let application = Recorder<WebSocket>()
        let router = URLRouter {
            Mount("/<a>", URLRouter { Route("none/", application) }, name: "failed")
            Mount("/<b>", URLRouter { Route("<b>/<c>/", application, name: "inner") }, name: "outer")
        }
        try await router.run("/1/2/3/")
        let match = try #require(application.last?.route)
        #expect(match.named.map(\.name) == ["b", "c"])
        #expect((match["a"], match["b"], match["c"]) == ("", "2", "3"))
        #expect(match.name == "inner")
    }
}
