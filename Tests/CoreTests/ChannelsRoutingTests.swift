// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import Testing

/// The behaviours that Channels' own tests check (`tests/test_routing.py`).
@Suite("Channels' routing behaviours")
struct ChannelsRoutingTests {
    @Test("test_protocol_type_router: each connection goes to the application of its type")
    func protocolTypeRouter() async throws {
        let http = Recorder<HTTP>()
        let webSocket = Recorder<WebSocket>()
        let router = ProtocolTypeRouter(http: http, webSocket: webSocket)
        let collector = Collector<WebSocket.Outbound>()
        try await router(
            scope: Scope(WebSocket.self, path: "/a"), receive: Receive<WebSocket>(EventQueue()), send: Send(collector))
        #expect(http.scopes.isEmpty)
        #expect(webSocket.last?.path == "/a")
        #expect(router.application(for: HTTP.self) as? Recorder<HTTP> === http)
    }

    @Test("test_protocol_type_router: a type without an application is an error that names it")
    func missingApplication() async throws {
        let router = ProtocolTypeRouter(http: Recorder<HTTP>())
        let refusal = #expect(throws: RoutingError.self) { try router.requiredApplication(for: WebSocket.self) }
        let error = try #require(refusal)
        #expect(error.code == .noApplication)
        #expect(error.description.contains("'websocket'"))
        await #expect(throws: error) {
            try await router(
                scope: Scope(WebSocket.self), receive: Receive<WebSocket>(EventQueue()), send: Send(Collector()))
        }
    }

    @Test("A plug-in's own kind of connection is mounted and found by its type")
    func ownKind() throws {
        enum MQTT: ConnectionKind {
            typealias Inbound = Int
            typealias Outbound = Int
            static var type: String { "mqtt" }
        }
        let application = Recorder<MQTT>()
        var router = ProtocolTypeRouter()
        #expect(throws: RoutingError.self) { try router.requiredApplication(for: MQTT.self) }
        router.mount(application)
        #expect(try router.requiredApplication(for: MQTT.self) as? Recorder<MQTT> === application)
        #expect(router.kinds == ["mqtt"])
    }

    @Test("test_url_router: empty path, fixed path, regular expression as a prefix; no match is an error")
    func urlRouter() async throws {
        let (empty, fixed, prefix) = (Recorder<HTTP>(), Recorder<HTTP>(), Recorder<HTTP>())
        let router = URLRouter {
            Route(#/^$/#, empty)
            Route("foo/", fixed)
            Route(#/^bar/#, prefix)
        }
        try await router.run("/")
        #expect(empty.scopes.count == 1)
        try await router.run("/foo/")
        #expect(fixed.scopes.count == 1)
        try await router.run("/bar/")
        try await router.run("/bar/baz/")
        #expect(prefix.scopes.map(\.route.remaining) == ["", "baz/"])
        for path in ["/nonexistent/", "/foo", "/foo/x", "/xbar/"] {
            let error = await #expect(throws: RoutingError.self) { try await router.run(path) }
            #expect(error?.code == .noRoute)
            #expect(error?.disposition.status == .notFound)
        }
    }

    @Test("test_url_router: positional captures arrive in order, as text")
    func positional() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter { Route(#/^posarg/(\d+)/(\w+)/$/#, application) }
        try await router.run("/posarg/123/abc/")
        #expect(application.last?.route.positional == ["123", "abc"])
        #expect(application.last?.route.named.isEmpty == true)
    }

    @Test("test_url_router: defaults of a route are among its arguments, over captures of the same name")
    func defaults() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter {
            Route("defaults/", application, defaults: ["default": 42])
            Route("over/<page>/", application, defaults: ["page": 1])
            Route(#/^re/(?<page>\d+)/#, application, defaults: ["more": true])
        }
        try await router.run("/defaults/")
        #expect(try application.last?.route["default", as: Int.self] == 42)
        try await router.run("/over/7/")
        #expect(try application.last?.route["page", as: Int.self] == 1)
        try await router.run("/re/7/")
        #expect(application.last?.route["page"] == "7")
        #expect(try application.last?.route["more", as: Bool.self] == true)
    }

    @Test("test_url_router_nesting: captures of outer and inner router are merged, through middleware too")
    func nesting() async throws {
        let application = Recorder<HTTP>()
        let inner = URLRouter {
            Route(#/^book/(?<book>[\w\-]+)/page/(?<page>\d+)/$/#, application)
            Route(#/^test/(\d+)/$/#, application)
        }
        let outer = URLRouter {
            Route(#/^universe/(?<universe>\d+)/#, inner.wrapped(in: Tagging("a"), Tagging("b")))
            Route(#/^moon/(\d+)/#, inner)
        }
        try await outer.run("/universe/42/book/channels-guide/page/10/")
        let match = try #require(application.last?.route)
        #expect(match.named.map(\.name) == ["universe", "book", "page"])
        #expect((match["universe"], match["book"], match["page"]) == ("42", "channels-guide", "10"))
        #expect(application.last?[Tagging.Tags.self] == ["a", "b"])
        try await outer.run("/moon/2/test/3/")
        #expect(application.last?.route.positional == ["2", "3"])
    }

    @Test("test_url_router_nesting_path: typed captures arrive converted in nested routers, through middleware")
    func nestingPath() async throws {
        let application = Recorder<HTTP>()
        let inner = URLRouter { Route("test/<int:page>/", application) }
        let outer = URLRouter { Route("number/<int:number>/", inner.wrapped(in: Tagging("hides"))) }
        try await outer.run("/number/42/test/3/")
        let match = try #require(application.last?.route)
        #expect(try match["number", as: Int.self] == 42)
        #expect(try match["page", as: Int.self] == 3)
        #expect(match.remaining == "")
        await #expect(throws: RoutingError.self) { try await outer.run("/number/42/test/3/blub/") }
    }

    @Test("test_url_router_path: untyped captures are text, int takes digits only")
    func captures() async throws {
        let application = Recorder<HTTP>()
        let router = URLRouter {
            Route("", application, name: "empty")
            Route("foo/", application)
            Route("author/<name>/", application)
            Route("date/<int:year>/", application)
        }
        try await router.run("/")
        #expect(application.last?.route.name == "empty")
        try await router.run("/author/andrewgodwin/")
        #expect(try application.last?.route["name", as: String.self] == "andrewgodwin")
        try await router.run("/date/2013/")
        #expect(try application.last?.route["year", as: Int.self] == 2013)
        await #expect(throws: RoutingError.self) { try await router.run("/date/abc/") }
    }

    @Test("test_path_remaining: the outer router goes on when an inner one has no match")
    func outerGoesOn() async throws {
        let (unreached, application) = (Recorder<HTTP>(), Recorder<HTTP>())
        let inner = URLRouter { Route("no-match/", unreached) }
        let outer = URLRouter {
            Route("prefix/", inner)
            Route("prefix/stuff/", application)
        }
        try await URLRouter { Route("", outer) }.run("/prefix/stuff/")
        #expect(application.scopes.count == 1)
        #expect(unreached.scopes.isEmpty)
    }

    @Test("test_path_remaining: the prefix is taken off once only")
    func prefixOnce() async throws {
        let application = Recorder<HTTP>()
        let outer = URLRouter { Route("prefix/", URLRouter { Route("stuff/", application) }) }
        try await outer.run("/prefix/stuff/")
        #expect(application.scopes.count == 1)
        await #expect(throws: RoutingError.self) { try await outer.run("/prefix/prefix/stuff/") }
        await #expect(throws: RoutingError.self) { try await outer.run("/prefix//stuff/") }
    }
}
