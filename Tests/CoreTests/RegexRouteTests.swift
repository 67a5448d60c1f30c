// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization
import Testing

@Suite("Regular expressions as routes (Django's re_path)")
struct RegexRouteTests {
    @Test("ws/(?<group>\\w+)/$ works as written, for both kinds and in Unicode")
    func asWritten() async throws {
        let (webSocket, http) = (Recorder<WebSocket>(), Recorder<HTTP>())
        let sockets = URLRouter { Route(#/ws/(?<group>\w+)/$/#, webSocket) }
        let pages = URLRouter { Route(#/ws/(?<group>\w+)/$/#, http) }
        for group in ["123", "聊天", "été", "_"] {
            try await sockets.run("/ws/\(group)/")
            #expect(webSocket.last?.route["group"] == group)
            try await pages.run("/ws/\(group)/")
            #expect(http.last?.route["group"] == group)
        }
        for path in ["/ws/a-b/", "/ws/a", "/ws/a/b/", "/ws//", "/x/ws/a/", "/ws/a/\n", "/ws/聊 天/"] {
            await #expect(throws: RoutingError.self) { try await sockets.run(path) }
        }
    }

    @Test("Positional captures count only while none is named; a group without part gives nothing")
    func named() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter {
            Route(#/a/(\d+)/(?<name>\w+)/#, application)
            Route(#/b/(?:(?<x>x)|(?<y>y))/#, application)
            Route(#/c/(1)?(2)/#, application)
        }
        try await router.run("/a/1/n/")
        #expect(application.last?.route.positional == [])
        #expect(application.last?.route["name"] == "n")
        try await router.run("/b/y/")
        #expect(application.last?.route.named.map(\.name) == ["y"])
        try await router.run("/c/2/")
        #expect(application.last?.route.positional == ["2"])
    }

    @Test("Path patterns are tried before regular expressions, each in their order")
    func order() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter {
            Route(#/same/$/#, application, name: "first regex")
            Route("/<str:any>/", application, name: "first path")
            Route("/same/", application, name: "second path")
            Route(#/s/#, application, name: "second regex")
        }
        try await router.run("/same/")
        #expect(application.last?.route.name == "first path")
        try await router.run("/s/x")
        #expect(application.last?.route.name == "second regex")
        #expect(application.last?.route.remaining == "x")
    }

    @Test("Only paths of at most 2 KiB are tried")
    func limit() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter { Route(#/.*/#, application) }
        #expect(URLRouter<HTTP>.regexPathLimit == 2_048)
        try await router.run("/" + String(repeating: "x", count: 2_048))
        #expect(application.scopes.count == 1)
        await #expect(throws: RoutingError.self) { try await router.run("/" + String(repeating: "x", count: 2_049)) }
        await #expect(throws: RoutingError.self) { try await router.run("/" + String(repeating: "é", count: 1_025)) }
    }

    @Test("Options of an expression hold, and its description is listed")
    func options() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter { Route(RoutePattern(#/ABC/#.ignoresCase(), description: "re: abc"), application) }
        try await router.run("/abc")
        #expect(application.scopes.count == 1)
        #expect(router.routes.map(\.pattern) == ["re: abc"])
    }

    @Test("One expression matches on many tasks at once")
    func concurrent() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter { Route(#/n/(?<number>\d+)/$/#, application) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 { group.addTask { try await router.run("/n/\(number)/") } }
            try await group.waitForAll()
        }
        #expect(Set(application.scopes.map { $0.route["number"] }) == Set((0..<200).map(String.init)))
    }
}
