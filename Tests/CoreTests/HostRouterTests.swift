// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import Testing

@Suite("Host routing")
struct HostRouterTests {
    private static let hostField = HTTPField.Name("Host")

    private func run<Kind: ConnectionKind>(
        _ application: any Application<Kind>, host: String?, path: String = "/"
    ) async throws {
        var scope = Scope(Kind.self, path: path)
        if let name = Self.hostField, let host { scope.headers[name] = host }
        try await application(scope: scope, receive: Receive(EventQueue()), send: Send(Collector()))
    }

    @Test(
        "Exact hosts, subdomains and captures; case, port and the final dot do not count",
        arguments: [
            ("api.example.org", "exact"), ("API.Example.ORG", "exact"), ("api.example.org:8443", "exact"),
            ("api.example.org.", "exact"), ("api.example.org.:80", "exact"), ("xapi.example.org", "capture xapi"),
            ("Tenant.example.org", "capture tenant"), ("a.b.example.org", nil), ("example.org", nil),
            ("example.com", "below"), ("a.b.c.example.com", "below"), ("notexample.com", nil),
            ("example.com.evil.net", nil),
            ("[::1]", "address"), ("[::1]:8000", "address"), ("::1", nil), ("[::2]:80", nil), ("", nil), (nil, nil),
            ("api.example.org:evil", nil), ("api.example.org:80@evil.net", nil),
            ("api.example.org, api.example.org", nil),
            (".example.com", nil), ("..example.com", "below"), ("聊天.example.org", nil), ("a b.example.org", nil),
            ("xn--bcher-kva.example.org", "capture xn--bcher-kva"), (":80", nil),
            ("v12.api.example.net", "version 12"), ("v1x.api.example.net", nil),
        ])
    func hosts(host: String?, expected: String?) async throws {
        let (exact, capture, below) = (Recorder<HTTP>(), Recorder<HTTP>(), Recorder<HTTP>())
        let (address, version, other) = (Recorder<HTTP>(), Recorder<HTTP>(), Recorder<HTTP>())
        let router = HostRouter(default: other) {
            HostRoute("API.example.org", exact)
            HostRoute("<tenant>.example.org", capture)
            HostRoute(".example.com", below)
            HostRoute("[::1]", address)
            HostRoute("v<int:version>.api.example.net", version)
        }
        #expect(ProtocolTypeRouter(http: router).problems.isEmpty)
        try await run(router, host: host)
        var found: [String] = []
        if exact.last != nil { found.append("exact") }
        if let scope = capture.last { found.append("capture " + scope.route["tenant"]) }
        if below.last != nil { found.append("below") }
        if address.last != nil { found.append("address") }
        if let scope = version.last { found.append("version \(try scope.route["version", as: Int.self])") }
        #expect(found == (expected.map { [$0] } ?? []))
        #expect((other.scopes.count == 1) == (expected == nil))
    }

    @Test("Around and inside URL routers, for both kinds; the path is left alone")
    func nesting() async throws {
        let (tenant, site, socket) = (Recorder<HTTP>(), Recorder<HTTP>(), Recorder<WebSocket>())
        let http = HostRouter(default: URLRouter { Route("/a/", site) }.wrapped(in: Tagging("default"))) {
            HostRoute(
                "<tenant>.example.org", URLRouter { Route("/a/<int:id>/", tenant) }.wrapped(in: Tagging("tenant")))
        }
        try await run(http, host: "x.example.org", path: "/a/7/")
        #expect(tenant.last?.route["tenant"] == "x")
        #expect(try tenant.last?.route["id", as: Int.self] == 7)
        // The host's own routes have none for this path: the default is asked, without the host's capture.
        try await run(http, host: "x.example.org", path: "/a/")
        #expect(site.last?.route.named.isEmpty == true)
        #expect(site.last?[Tagging.Tags.self] == ["default"])

        let sockets = URLRouter<WebSocket> {
            Mount(
                "/ws",
                HostRouter<WebSocket> {
                    HostRoute("chat.example.org", URLRouter<WebSocket> { Route("<room>/", socket) })
                })
            Route("/ws/<other>/", socket)
        }
        try await run(sockets, host: "chat.example.org", path: "/ws/lobby/")
        #expect(socket.last?.route["room"] == "lobby")
        try await run(sockets, host: "other.example.org", path: "/ws/lobby/")
        #expect(socket.last?.route["other"] == "lobby")
    }

    @Test("Without a default an unknown host has no route; the message shows it escaped and cut")
    func unknown() async throws {
        let router = HostRouter<WebSocket> { HostRoute("example.org", Recorder<WebSocket>()) }
        for host in [nil, "evil.net", "ev\"il\r\n.net", String(repeating: "x", count: 70_000)] {
            let error = await #expect(throws: RoutingError.self) { try await run(router, host: host) }
            #expect(error?.code == .noRoute)
            #expect((error?.description.utf8.count).map { $0 < 200 } == true)
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test("Other errors than a missing route are the application's answer")
    func errors() async throws {
        let failing = ClosureApplication<HTTP> { scope, _, _ in _ = try scope.route["missing", as: Int.self] }
        let router = HostRouter(default: Recorder<HTTP>()) { HostRoute("a.org", failing) }
        let error = await #expect(throws: RoutingError.self) { try await run(router, host: "a.org") }
        #expect(error?.code == .noSuchCapture)
    }

    @Test(
        "What is no host pattern is refused at start, and by every connection",
        arguments: [
            "", ".", "example.org:80", "http://example.org", "example.org/", "聊天.org", "<path:x>.org", "<x", "<a>.<a>",
            "<nope:x>.org", "a b", "[::1", "/example.org",
        ])
    func invalid(pattern: String) async throws {
        let router = HostRouter(default: Recorder<HTTP>()) { HostRoute(pattern, Recorder<HTTP>()) }
        let problems = ProtocolTypeRouter(http: URLRouter { Mount("/", router.wrapped(in: Tagging("t"))) }).problems
        #expect(problems.map(\.code) == [.invalidPattern])
        await #expect(throws: RoutingError.self) { try await run(router, host: "a.org") }
    }

    @Test("The listing shows hosts; reverse gives the path")
    func listing() throws {
        let page = Recorder<HTTP>()
        let router = ProtocolTypeRouter(
            http: HostRouter(default: page) {
                HostRoute("api.example.org", URLRouter { Route("/v1/<int:id>/", page, name: "v1") })
                HostRoute(".example.com", page)
            })
        #expect(
            router.routes.map { ($0.host ?? "-") + $0.pattern } == [
                "api.example.org/v1/<int:id>/", ".example.com/…", "-/…",
            ])
        #expect(try URLReverser(router).reverse("v1", ["id": 3]) == "/v1/3/")
    }
}
