// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

@Suite("Reverse: from names to paths")
struct ReverseTests {
    private let page = Recorder<HTTP>()
    private let socket = Recorder<WebSocket>()

    private func urls(@ListBuilder<Route<HTTP>> _ routes: () -> [Route<HTTP>]) -> URLReverser {
        URLReverser(ProtocolTypeRouter(http: URLRouter(routes())))
    }

    private func message(_ body: () throws -> String) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? RoutingError).map { $0.code == .noReverse ? $0.description : "another code" }
        }
    }

    @Test("Captures, namespaces, defaults, mounts and kinds")
    func names() throws {
        let shop = URLRouter {
            Route("/", page, name: "home")
            Route("item/<slug:slug>/", page, name: "item")
            Mount("/tea/<int:year>", URLRouter { Route("<kind>", page, name: "kind") }, name: "tea")
        }
        let urls = URLReverser(
            ProtocolTypeRouter(
                http: URLRouter {
                    Route("/tickets/<int:id>/", page, name: "ticket")
                    Mount("/shop", shop.wrapped(in: Tagging("t")), name: "shop", defaults: ["site": "s"])
                    Mount("/files/", page, name: "files")
                    Mount("/", URLRouter { Route("plain", page, name: "plain") })
                }.wrapped(in: Tagging("t")),
                webSocket: URLRouter { Route("/room/<group>/", socket, name: "room") }))
        #expect(try urls.reverse("ticket", ["id": 7]) == "/tickets/7/")
        #expect(try urls.reverse("ticket", ["id": "007"]) == "/tickets/007/")
        #expect(try urls.reverse("shop:home") == "/shop/")
        #expect(try urls.reverse("shop:item", ["slug": "green-tea"]) == "/shop/item/green-tea/")
        #expect(try urls.reverse("shop:item", ["slug": "a", "site": "s"]) == "/shop/item/a/")
        #expect(try urls.reverse("shop:tea:kind", ["year": 2026, "kind": "茶"]) == "/shop/tea/2026/%E8%8C%B6")
        #expect(try urls.reverse("files") == "/files/")
        #expect(try urls.reverse("plain") == "/plain")
        #expect(try urls.reverse("room", ["group": "聊天"], for: WebSocket.self) == "/room/%E8%81%8A%E5%A4%A9/")
        #expect(urls.names() == ["files", "plain", "shop:home", "shop:item", "shop:tea:kind", "ticket"])
        #expect(urls.names(for: WebSocket.self) == ["room"])
    }

    @Test("Root path, query and fragment, each escaped in its own way")
    func parts() throws {
        let urls = urls {
            Route("/a/<x>/", page, name: "a")
            Route("/", page, name: "root")
            Route("/聊/", page, name: "literal")
        }
        #expect(try urls.reverse("a", ["x": "b"], rootPath: "/app") == "/app/a/b/")
        #expect(try urls.reverse("root", rootPath: "/应用/") == "/%E5%BA%94%E7%94%A8/")
        #expect(try urls.reverse("root", rootPath: "//evil.net") == "/%2Fevil.net/")
        #expect(try urls.reverse("literal") == "/%E8%81%8A/")
        #expect(
            try urls.reverse(
                "a", ["x": "b"], query: [("q", "a b&c=d+e#/?é"), ("", ""), ("q", "2")], fragment: "x y#<é>/?")
                == "/a/b/?q=a%20b%26c%3Dd%2Be%23%2F%3F%C3%A9&=&q=2#x%20y%23%3C%C3%A9%3E/?")
        #expect(try urls.reverse("root", fragment: "") == "/#")
    }

    @Test(
        "Django's path-safe characters stay, all others are escaped, control characters and percent signs too",
        arguments: [
            ("-._~!$&'()*+,;=:@", "-._~!$&'()*+,;=:@"), ("a b", "a%20b"), ("100%", "100%25"), ("%2e%2e", "%252e%252e"),
            ("a?b#c", "a%3Fb%23c"), ("\"<>\\^`{|}[]", "%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"),
            ("\r\n\t\u{7F}", "%0D%0A%09%7F"),
            ("e\u{301}", "e%CC%81"), ("\u{E9}", "%C3%A9"),
            ("👩‍👩‍👧", "%F0%9F%91%A9%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7"),
            ("...", "..."), (".a", ".a"), ("javascript:alert(1)", "javascript:alert(1)"),
        ])
    func escaping(value: String, escaped: String) throws {
        let urls = urls { Route("/x/<v>", page, name: "x") }
        #expect(try urls.reverse("x", ["v": value]) == "/x/" + escaped)
    }

    @Test(
        "What no path of the route can carry is refused",
        arguments: ["", "a/b", "/", ".", "..", "a\u{0}b", "/etc/passwd", "../x"])
    func refused(value: String) {
        let urls = urls {
            Route("/x/<v>/y", page, name: "x")
            Route("/s/<slug:v>", page, name: "slug")
        }
        #expect(message { try urls.reverse("x", ["v": value]) } != nil)
        #expect(message { try urls.reverse("slug", ["v": value]) } != nil)
    }

    @Test("Paths with slashes: kept in `path`, never another host's address, no dot segments")
    func slashes() throws {
        let urls = urls {
            Route("<path:p>", page, name: "all")
            Mount("/tree/<path:p>/in", URLRouter { Route("leaf", page, name: "leaf") })
            Mount("/any/<path:p>", URLRouter { Route("/", page, name: "root") })
        }
        #expect(try urls.reverse("all", ["p": "a/b//c/"]) == "/a/b//c/")
        #expect(try urls.reverse("all", ["p": "/evil.net/x"]) == "/%2Fevil.net/x")
        #expect(try urls.reverse("all", ["p": "\\evil.net"]) == "/%5Cevil.net")
        #expect(try urls.reverse("leaf", ["p": "a/b"]) == "/tree/a/b/in/leaf")
        #expect(try urls.reverse("root", ["p": "a/b"]) == "/any/a/b")
        for value in ["..", "a/../b", "./a", "a/.", "../../etc/passwd"] {
            #expect(message { try urls.reverse("all", ["p": value]) } != nil)
        }
        // A capture that goes on as far as it can would take what is meant for the router behind it.
        #expect(message { try urls.reverse("leaf", ["p": "a/in/leaf"]) } == nil)
        let greedy = self.urls { Mount("/any/<path:p>", URLRouter { Route("leaf", page, name: "leaf") }) }
        #expect(message { try greedy.reverse("leaf", ["p": "a"]) }?.contains("read in another way") == true)
    }

    @Test("Two captures that would be cut elsewhere have no path; where the cut is plain they have")
    func ambiguous() throws {
        let urls = urls {
            Route("/<a>-<b>", page, name: "dash")
            Route("/p/<int:a>-<slug:b>", page, name: "plain")
        }
        #expect(try urls.reverse("dash", ["a": "1-2", "b": "3"]) == "/1-2-3")
        #expect(message { try urls.reverse("dash", ["a": "1", "b": "2-3"]) } != nil)
        #expect(try urls.reverse("plain", ["a": 1, "b": "2-3"]) == "/p/1-2-3")
    }

    @Test("Several routes of one name: told apart by the arguments, then by their values; of equals the later one")
    func overloads() throws {
        let urls = urls {
            Route("/log/", page, name: "log", defaults: ["page": 1])
            Route("/log/<int:page>/", page, name: "log")
            Route("/log/<int:page>/<slug:by>/", page, name: "log")
            Route("/old/<int:id>", page, name: "item")
            Route("/new/<int:id>", page, name: "item")
            Route("/named/<slug:id>", page, name: "mixed")
            Route("/number/<int:id>", page, name: "mixed")
            Route("/d/<int:page>/", page, name: "filled", defaults: ["page": 5])
        }
        #expect(try urls.reverse("log") == "/log/")
        #expect(try urls.reverse("log", ["page": 3]) == "/log/3/")
        #expect(try urls.reverse("log", ["page": 3, "by": "li"]) == "/log/3/li/")
        #expect(message { try urls.reverse("log", ["by": "li"]) } != nil)
        #expect(try urls.reverse("item", ["id": 1]) == "/new/1")
        #expect(try urls.reverse("mixed", ["id": 1]) == "/number/1")
        #expect(try urls.reverse("mixed", ["id": "one"]) == "/named/one")
        #expect(try urls.reverse("filled") == "/d/5/")
    }

    @Test("NoReverseMatch says what was given and what was tried")
    func messages() {
        let urls = URLReverser(
            ProtocolTypeRouter(
                http: URLRouter {
                    Route("/tickets/<int:id>/", page, name: "ticket")
                    Route("/tickets/", page, name: "ticket", defaults: ["state": "open"])
                    Route(#/old\/(?<id>\d+)/#, page, name: "regex")
                },
                webSocket: URLRouter { Route("/room/<group>/", socket, name: "room") }))
        #expect(
            message { try urls.reverse("ticket", ["id": "x\n\""]) }
                == #"no http route named 'ticket' can be reversed with (id: "x\n\""); "#
                + "tried: /tickets/ (there is no capture 'id'); /tickets/<int:id>/ ('id' is nothing that 'int' takes)")
        #expect(
            message { try urls.reverse("ticket", ["state": "closed"]) }
                == #"no http route named 'ticket' can be reversed with (state: "closed"); "#
                + "tried: /tickets/ ('state' has another value there); /tickets/<int:id>/ (there is no capture 'state')"
        )
        #expect(
            message { try urls.reverse("regex", ["id": 1]) }
                == #"no http route named 'regex' can be reversed with (id: "1"); "#
                + "tried: <regex> (regular expressions have no reverse)")
        #expect(message { try urls.reverse("tickt") } == #"there is no http route named "tickt""#)
        #expect(
            message { try urls.reverse("room", ["group": "a"]) }
                == #"there is no http route named "room", but one of kind websocket"#)
        #expect(message { try URLReverser().reverse("a") }?.contains("lifespan was not run") == true)
        let long = message { try urls.reverse("ticket", ["id": String(repeating: "9", count: 100_000)]) }
        #expect((long?.utf8.count).map { $0 < 500 } == true)
    }

    @Test("Very long values are written whole")
    func long() throws {
        let urls = urls { Route("/x/<path:v>", page, name: "x") }
        let value = String(repeating: "聊/", count: 100_000) + "e"
        let path = try urls.reverse("x", ["v": value])
        #expect(path.utf8.count == 3 + 100_000 * 10 + 1)
    }

    @Test("A name with a colon is refused at start: it would look like a namespace")
    func colon() {
        let router = ProtocolTypeRouter(
            http: URLRouter { Mount("/a", URLRouter { Route("/b", page, name: "b:c") }, name: "x:y") })
        #expect(router.problems.count == 2)
        #expect(router.problems.allSatisfy { $0.code == .invalidPattern })
    }

    @Test("The lifespan puts the names into every scope's state, whatever the lifespan application answers")
    func lifespan() async throws {
        let forgetful = ClosureApplication<Lifespan> { _, receive, send in
            _ = try await receive()
            try await send(.startupComplete(state: LifespanState()))
            _ = try await receive()
            try await send(.shutdownComplete)
        }
        let http = URLRouter { Route("/a/<int:id>", page, name: "a") }
        for lifespan in [nil, forgetful] {
            let runner = try await LifespanRunner(starting: ProtocolTypeRouter(http: http, lifespan: lifespan))
            var scope = Scope(HTTP.self)
            scope.state = runner.state
            scope.rootPath = "/app"
            #expect(try scope.reverse("a", ["id": 1], query: [("b", "2")]) == "/app/a/1?b=2")
            #expect(try scope.state.reverse("a", ["id": 1]) == "/a/1")
            try await runner.shutdown()
        }
    }

    @Test("A hook's startup sees the names of all plug-ins")
    func hooks() async throws {
        struct Links: Plugin {
            let name = "links"
            enum Link: LifespanStateKey { static let defaultValue = "" }

            func contribute(to contributions: inout Contributions) {
                contributions.add(Route("/a/<int:id>", Recorder<HTTP>(), name: "a"), to: .routes)
                contributions.add(
                    LifespanHook(startup: { $0[Link.self] = try $0.reverse("a", ["id": 1]) }), to: .lifespan)
            }
        }
        let runner = try await LifespanRunner(starting: PluginRegistry([Links()]).router())
        #expect(runner.state[Links.Link.self] == "/a/1")
        try await runner.shutdown()
    }
}
