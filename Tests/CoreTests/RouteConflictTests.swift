// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

@Suite("Routes that no path reaches are refused at start")
struct RouteConflictTests {
    private let page = Recorder<HTTP>()

    private func problems(@ListBuilder<Route<HTTP>> _ routes: () -> [Route<HTTP>]) -> [String] {
        ProtocolTypeRouter(http: URLRouter(routes(), converters: [FourDigitYear(), HexID(), Digits()])).problems
            .map(\.description)
    }

    /// Numbers of any length.
    private struct Digits: PathConverter {
        let name = "digits"
        let shape = PathShape.oneOrMore(of: .digits)
        func parse(_ text: Substring) -> (any Sendable)? { String(text) }
    }

    @Test(
        "Certainly covered",
        arguments: [
            ("/a/", "a/"), ("/<str:x>/", "/new/"), ("/<x>/", "/<int:id>/"), ("/<slug:s>/", "/<int:id>/"),
            ("/<slug:s>/", "/<uuid:u>/"), ("/<path:p>", "/a/b/c"), ("/<path:p>", "/<x>/<y>"),
            ("/<path:p>", "/<slug:a>"),
            ("/<int:a>", "/<int:b>"), ("/<int:a>/x", "/7/x"), ("/<int:a>", "/<yyyy:y>"), ("/<x>/<y>/", "/a-<int:b>/c/"),
            ("/<a>-<b>/", "/<int:x>-<int:y>-<int:z>/"), ("/<path:p>/edit/", "/files/<path:p>/edit/"),
            ("/<yyyy:a>/", "/<yyyy:b>/"), ("/<yyyy:a>/x/<b>/", "/<yyyy:b>/x/y/"), ("/<yyyy:a>/", "/2026/"),
            ("/<hex:a>/", "/ff/"), ("/<int:a><int:b>", "/<int:c><int:d>"), ("/<x>", "/聊天"), ("/<x>", "/聊<y>"),
            ("/聊<x>", "/聊天"), ("/<path:p>/", "/<int:a>/<int:b>/"), ("/a<x>", "/ab<y>"), ("/<x>", "/<digits:d>"),
            ("/", ""), ("/<a><b>", "/<slug:c>-<d>"),
        ])
    func covered(earlier: String, later: String) {
        let found = problems {
            Route(earlier, page, name: "early")
            Route(later, page, name: "late")
        }
        #expect(found.count == 1)
        #expect(found.first?.contains("'early'") == true)
        #expect(found.first?.contains("'late'") == true)
        #expect(found.first?.contains(earlier) == true)
    }

    @Test(
        "Not certainly covered, so let in",
        arguments: [
            ("/new/", "/<str:x>/"), ("/<int:id>/", "/<slug:s>/"), ("/<uuid:u>/", "/<slug:s>/"), ("/<x>", "/<x>/"),
            ("/<path:p>/", "/<x>"), ("/a/<x>", "/b/<x>"), ("/<int:a>", "/<digits:b>"), ("/<int:a>", "/<hex:b>"),
            ("/<hex:a>", "/<int:b>"), ("/<hex:a>/", "/xyz/"), ("/<hex:a>", "/1ffffffff"),
            ("/<int:a>", "/9999999999999999999"),
            ("/<yyyy:y>", "/<int:n>"), ("/<yyyy:y>/", "/99/"), ("/<slug:s>", "/聊天"), ("/<slug:s>", "/<x>"),
            ("/<a><b>", "/聊"), ("/<a><b>", "/<c>"), ("/<path:p>", "/"), ("/<a>-<b>", "/<c>"), ("/<x>.html", "/<x>.txt"),
            ("/caf\u{E9}", "/cafe\u{301}"), ("/A", "/a"), ("/<digits:a>", "/<int:b>"), ("/<hex:a>-<hex:b>", "/<hex:a>"),
            ("/聊<x>", "/天<x>"), ("/<a>聊<b>", "/<a>天<b>"),
        ])
    func apart(earlier: String, later: String) {
        let found = problems {
            Route(earlier, page)
            Route(later, page)
        }
        #expect(found == [])
    }

    @Test("A route under the mount of an application that is no router; whole segments count")
    func mounts() {
        let found = problems {
            Mount("/static", page, name: "static")
            Route("/static", page, name: "a")
            Route("/static/x/<y>", page, name: "b")
            Mount("/static/deep/", page, name: "c")
            Route("/statics", page, name: "d")
            Route("/<x>", page, name: "e")
            Mount("/<int:n>/", page, name: "f")
            Route("/7/", page, name: "g")
            Route("/8", page, name: "h")
        }
        // `/8` is taken by `/<x>`, `/7/` by the mount of numbers.
        #expect(found.compactMap { $0.split(separator: "'").dropFirst().first } == ["a", "b", "c", "g", "h"])
        let all = problems {
            Mount("/", page)
            Route("/", page)
            Route("/<path:p>", page)
            Mount("/x", page)
        }
        #expect(all.count == 3)
    }

    @Test("Through mounted routers: whole paths are compared, and the inner router's misses go on")
    func nested() {
        let inner = URLRouter {
            Route("/", page, name: "root")
            Route("/b/", page, name: "b")
            Route("/<int:n>/", page, name: "n")
        }
        let found = problems {
            Mount("/a", inner, name: "in")
            Route("/a/b/", page, name: "late")
            Route("/a/<slug:s>/", page, name: "slug")
            Mount("/a", URLRouter { Route("7/", page, name: "seven") }, name: "again")
            Route("/a", page, name: "bare")
            Route("/a/", page, name: "slash")
        }
        #expect(
            found == [
                "http route /a/b/ 'late' takes the same paths as /a/b/ 'in:b'",
                "http route /a/7/ 'again:seven' is never reached: /a/<int:n>/ 'in:n' takes all of its paths",
                "http route /a 'bare' is never reached: /a/ 'in:root' takes all of its paths",
                "http route /a/ 'slash' takes the same paths as /a/ 'in:root'",
            ])
    }

    @Test("Middleware around a mounted router may let a path through to later routes, within it there is no way out")
    func guarded() {
        let guarded = URLRouter {
            Route("/<x>/", page, name: "x")
            Route("/new/", page, name: "new")
        }.wrapped(in: Tagging("t"))
        let found = problems {
            Mount("/g", guarded)
            Route("/g/<x>/", page, name: "other")
            Mount("/files", page.wrapped(in: Tagging("t")))
            Route("/files/x", page)
            Route("/end/<x>", application: page.wrapped(in: Tagging("t")), name: "end")
            Route("/end/a", page, name: "last")
        }
        #expect(
            found == [
                "http route /g/new/ 'new' is never reached: /g/<x>/ 'x' takes all of its paths",
                "http route /end/a 'last' is never reached: /end/<x> 'end' takes all of its paths",
            ])
    }

    @Test("Hosts: the same host only; a route for every host covers those of one")
    func hosts() {
        let rows = URLRouter { Route("/a", page) }
        func router(_ hosts: String...) -> [String] {
            ProtocolTypeRouter(
                http: HostRouter(default: rows) { for host in hosts { HostRoute(host, rows) } }
            ).problems.map(\.description)
        }
        #expect(router("a.org", "b.org", ".a.org", "<x>.a.org") == [])
        #expect(router("a.org", "A.org") == ["http route A.org/a takes the same paths as a.org/a"])
        #expect(router("<x>.a.org", "<y>.a.org").count == 1)
        let found = problems {
            Route("/a", page)
            Mount("/", HostRouter { HostRoute("a.org", rows) })
        }
        #expect(found == ["http route a.org/a takes the same paths as /a"])
    }

    @Test(
        "Regular expressions are not compared; other kinds are no conflict; unreadable patterns come beside conflicts")
    func others() {
        #expect(
            problems {
                Route(#/.*/#, page)
                Route("/a", page)
                Route(#/.*/#, page)
                Mount(RoutePattern(#/x\//#), URLRouter { Route("a", page) })
                Mount(RoutePattern(#/x\//#), URLRouter { Route("a", page) })
            } == [])
        let both = ProtocolTypeRouter(
            http: URLRouter { Route("/a", page) }, webSocket: URLRouter { Route("/a", Recorder<WebSocket>()) })
        #expect(both.problems.isEmpty)
        let found = problems {
            Route("/<", page)
            Route("/a", page)
            Route("/a", page)
            Route("/<nope:x>", page)
        }
        #expect(found.count == 3)
        let error = #expect(throws: RoutingError.self) {
            try ProtocolTypeRouter(http: URLRouter { for _ in 0..<3 { Route("/a", page) } }).validate()
        }
        #expect(error?.code == .conflict)
        #expect(error?.description.split(separator: "\n").count == 2)
    }

    @Test("Patterns made to be hard to compare end soon, without a false report")
    func hard() {
        let many = (0..<14).map { "<a\($0)>a" }.joined()
        let found = problems {
            Route("/" + many + "b", page)
            Route("/" + many.replacing("a>", with: "b>") + "c", page)
            Route("/<x>" + String(repeating: "a", count: 2_000), page)
            Route("/<x>" + String(repeating: "a", count: 1_999) + "d", page)
            for index in 0..<100 { Route("/api/v1/thing\(index)/<int:id>/<slug:s>/", page) }
        }
        #expect(found == [])
    }
}
