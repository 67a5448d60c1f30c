// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

@Suite("An inner router without a match lets the outer go on")
struct FallThroughTests {
    private func check<Kind: ConnectionKind>(_ kind: Kind.Type) async throws {
        let (inner, outer, last) = (Recorder<Kind>(), Recorder<Kind>(), Recorder<Kind>())
        let router = URLRouter<Kind> {
            Mount(
                "/<first>", URLRouter<Kind> { Route("inner/", inner, name: "i") }.wrapped(in: Tagging("inside")),
                name: "n")
            Mount("/a/", URLRouter<Kind> { Mount("/b", URLRouter<Kind> { Route("none/", inner) }) })
            Route("/a/<rest>/", outer, name: "outer")
            Route(#/a\/b\/c/#, last, name: "regex")
        }.wrapped(in: Tagging("around"))
        try await router.run("/a/inner/")
        #expect(inner.last?.route.qualifiedName == "n:i")
        #expect(inner.last?[Tagging.Tags.self] == ["around", "inside"])

        // Nothing of what was tried in vain is left: no capture, no namespace, no tag.
        try await router.run("/a/b/")
        #expect(outer.last?.route.named.map(\.name) == ["rest"])
        #expect(outer.last?.route.qualifiedName == "outer")
        #expect(outer.last?[Tagging.Tags.self] == ["around"])
        try await router.run("/a/b/c")
        #expect(last.last?.route.name == "regex")
        #expect(last.last?.route.named.isEmpty == true)

        for path in ["/a/b/none", "/x/y/", "//inner/", "/", ""] {
            let error = await #expect(throws: RoutingError.self) { try await router.run(path) }
            #expect(error?.code == .noRoute)
            #expect(error?.disposition == .notFound)
        }
        #expect((inner.scopes.count, outer.scopes.count, last.scopes.count) == (1, 1, 1))
    }

    @Test("HTTP, through middleware (Django's ticket about hidden inner routers)")
    func http() async throws { try await check(HTTP.self) }

    @Test("WebSocket, through middleware")
    func webSocket() async throws { try await check(WebSocket.self) }

    @Test("Names with namespaces: a mounted router's name stands in front, another application's is its own")
    func namespaces() async throws {
        let page = Recorder<HTTP>()
        let router = URLRouter {
            Mount(
                "/shop", URLRouter { Mount("/tea", URLRouter { Route("<int:id>/", page, name: "item") }, name: "tea") },
                name: "shop")
            Mount("/files", page, name: "files")
            Mount("/bare", URLRouter { Route("/", page) }, name: "bare")
        }
        try await router.run("/shop/tea/5/")
        #expect(page.last?.route.qualifiedName == "shop:tea:item")
        #expect(page.last?.route.namespaces == ["shop", "tea"])
        #expect(page.last?.route.name == "item")
        try await router.run("/files/x")
        #expect(page.last?.route.qualifiedName == "files")
        try await router.run("/bare/")
        #expect(page.last?.route.name == nil)
        #expect(page.last?.route.qualifiedName == nil)
        #expect(page.last?.route.namespaces == ["bare"])
    }

    @Test("The listing shows whole patterns, names with namespaces, defaults of the mounts around, and what is mounted")
    func listing() {
        let page = Recorder<HTTP>()
        let router = ProtocolTypeRouter(
            http: URLRouter {
                Mount(
                    "/shop/", URLRouter { Route("item/<int:id>/", page, name: "item", defaults: ["b": 2]) },
                    name: "shop", defaults: ["a": 1])
                Mount("/files", page, name: "files")
            })
        #expect(router.routes.map(\.pattern) == ["/shop/item/<int:id>/", "/files…"])
        #expect(router.routes.map(\.name) == ["shop:item", "files"])
        #expect(router.routes.map(\.defaults) == [["a=1", "b=2"], []])
        #expect(router.routes.map(\.host) == [nil, nil])
        #expect(router.routes.map(\.plugin) == [nil, nil])
        #expect(router.routes.allSatisfy { $0.application.contains("Recorder") && $0.kind == "http" })
    }
}
