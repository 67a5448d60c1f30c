// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

/// A plug-in written as a closure.
private struct TestPlugin: Plugin {
    let name: String
    var requires: [String] = []
    var body: @Sendable (inout Contributions) -> Void = { _ in }

    func contribute(to contributions: inout Contributions) {
        body(&contributions)
    }
}

/// A plug-in without requirements of its own.
private struct Bare: Plugin {
    let name = "bare"

    func contribute(to contributions: inout Contributions) {}
}

/// What another target declares.
private struct Command: Sendable {
    let name: String
}

extension ContributionKey where Value == Command {
    fileprivate static var commands: Self { Self("command") { $0.name } }
    fileprivate static var notes: Self { Self("note") }
}

private enum Pigeon: ConnectionKind {
    typealias Inbound = Int
    typealias Outbound = Int
    static var type: String { "pigeon" }
}

@Suite("Plug-ins and their contributions")
struct PluginTests {
    private func refusal(_ plugins: any Plugin...) -> String? {
        do throws(PluginError) {
            _ = try PluginRegistry(plugins)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("Names are unique, requirements present, listed before and not mutual; the message names both")
    func requirements() {
        #expect(refusal(Bare(), TestPlugin(name: "b", requires: ["bare"])) == nil)
        #expect(refusal(TestPlugin(name: "a"), TestPlugin(name: "a")) == "two plug-ins are named 'a'")
        #expect(
            refusal(TestPlugin(name: "a", requires: ["z"])) == "plug-in 'a' requires 'z', which is not installed")
        #expect(
            refusal(TestPlugin(name: "b", requires: ["a"]), TestPlugin(name: "a"))
                == "plug-in 'b' requires 'a', which must be listed before it")
        #expect(
            refusal(
                TestPlugin(name: "a", requires: ["b"]), TestPlugin(name: "b", requires: ["c"]),
                TestPlugin(name: "c", requires: ["a"])) == "plug-ins require each other: a → b → c → a")
        #expect(
            refusal(
                TestPlugin(name: "a", requires: ["y", "z"]), TestPlugin(name: "b", requires: ["c"]),
                TestPlugin(name: "c"))
                    == """
                    plug-in 'a' requires 'y', which is not installed
                    plug-in 'a' requires 'z', which is not installed
                    plug-in 'b' requires 'c', which must be listed before it
                    """)
        #expect(refusal(TestPlugin(name: "a", requires: ["a"])) == "plug-ins require each other: a → a")
    }

    private func routingProblems(_ plugins: any Plugin...) throws -> [String] {
        let registry = try PluginRegistry(plugins)
        do throws(RoutingError) {
            _ = try registry.router()
            return []
        } catch {
            #expect(error.code == .conflict)
            return error.description.split(separator: "\n").map(String.init)
        }
    }

    @Test("Two contributions that claim the same thing are refused with both names, all of them at once")
    func conflicts() {
        func plugin(_ name: String, _ commands: String...) -> TestPlugin {
            TestPlugin(name: name) { contributions in
                for command in commands { contributions.add(Command(name: command), to: .commands) }
            }
        }
        #expect(
            refusal(plugin("first", "serve"), plugin("second", "serve", "run", "run"))
                == """
                command serve is claimed by 'first' and by 'second'
                command run is claimed twice by 'second'
                """)
        #expect(refusal(plugin("first", "serve"), plugin("second", "run")) == nil)
    }

    @Test("Routes that an earlier plug-in's take are refused with both patterns, names and plug-ins, all at once")
    func routeConflicts() throws {
        let page = Recorder<HTTP>()
        let socket = Recorder<WebSocket>()
        let chat = TestPlugin(name: "chat") {
            $0.add(Route("/room/<group>/", socket, name: "room"), to: .webSocketRoutes)
        }
        let approval = TestPlugin(name: "approval") { contributions in
            contributions.add(to: .webSocketRoutes) {
                Route("room/<str:id>/", socket)
                Route("/room/new/", socket, name: "new")
                Route("/room/<int:id>/log/", socket, name: "log")
            }
        }
        let pages = TestPlugin(name: "pages") { $0.add(Route("/room/<group>/", page), to: .routes) }
        #expect(
            try routingProblems(chat, pages, approval) == [
                "websocket route /room/<str:id>/ of plug-in 'approval' takes the same paths as "
                    + "/room/<group>/ 'room' of plug-in 'chat'",
                "websocket route /room/new/ 'new' of plug-in 'approval' is never reached: "
                    + "/room/<group>/ 'room' of plug-in 'chat' takes all of its paths",
            ])
        #expect(try routingProblems(chat, pages) == [])
        #expect(
            try PluginRegistry([chat, approval]).uncheckedRouter().routes.map(\.plugin) == ["chat"]
                + Array(repeating: "approval", count: 3))
    }

    @Test("Mounts: two routers may share a prefix; another application takes all below it, unless it may decline")
    func mountConflicts() throws {
        let page = Recorder<HTTP>()
        let router = URLRouter { Route("/x/", page) }
        func mount(_ name: String, _ application: any Application<HTTP>) -> TestPlugin {
            TestPlugin(name: name) { contributions in contributions.add(to: .routes) { Mount("/m", application) } }
        }
        let other = URLRouter { Route("/y/", page) }
        #expect(try routingProblems(mount("a", router), mount("b", other.wrapped(in: Tagging("t")))) == [])
        #expect(
            try routingProblems(mount("a", page), mount("b", page))
                == ["http route /m… of plug-in 'b' takes the same paths as /m… of plug-in 'a'"])
        #expect(
            try routingProblems(mount("a", page), TestPlugin(name: "b") { $0.add(Route("/m/z", page), to: .routes) })
                == ["http route /m/z of plug-in 'b' is never reached: /m… of plug-in 'a' takes all of its paths"])
        struct Files: DecliningApplication {
            func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
                throw RoutingError(.noRoute, "no such file")
            }
        }
        #expect(try routingProblems(mount("a", Files()), mount("b", Files()), mount("c", router)) == [])
    }

    @Test("Values keep the order of plug-ins and of adding, know their plug-in; keys differ by name and type")
    func values() throws {
        let registry = try PluginRegistry([
            TestPlugin(name: "a") { contributions in
                let isFirst = contributions[.commands].isEmpty
                contributions.add(to: .commands) {
                    Command(name: "1")
                    for name in ["2", "3"] { Command(name: name) }
                    if isFirst { Command(name: "4") }
                }
            },
            TestPlugin(name: "b") { $0.add(Command(name: "5"), to: .commands) },
        ])
        #expect(registry.values(for: .commands).map(\.name) == ["1", "2", "3", "4", "5"])
        #expect(registry.contributions[.commands].map(\.plugin) == ["a", "a", "a", "a", "b"])
        #expect(registry.values(for: .notes).isEmpty)
        #expect(registry.plugins.map(\.name) == ["a", "b"])
    }

    @Test("All routes are folded into one router a kind, a plug-in's own kind too, with contributed converters")
    func folding() async throws {
        let (page, socket, pigeon) = (Recorder<HTTP>(), Recorder<WebSocket>(), Recorder<Pigeon>())
        struct Even: PathConverter {
            let name = "even"
            let shape = PathShape.oneOrMore(of: .digits)
            func parse(_ text: Substring) -> (any Sendable)? { Int(text).flatMap { $0 % 2 == 0 ? $0 : nil } }
        }
        let registry = try PluginRegistry([
            TestPlugin(name: "a") { contributions in
                contributions.add(Even(), to: .pathConverters)
                contributions.add(to: .routes) {
                    Route("/a/", page, name: "a")
                    Mount("/m", page, name: "m")
                }
                contributions.add(Route("/coo/", pigeon), to: .routes(for: Pigeon.self))
            },
            TestPlugin(name: "b") { contributions in
                contributions.add(Route("/b/<even:n>/", page, name: "b"), to: .routes)
                contributions.add(to: .webSocketRoutes) { Route(#/ws/(?<group>\w+)/$/#, socket, name: "ws") }
            },
        ])
        let router = try registry.router()
        #expect(router.routes.compactMap(\.name) == ["a", "m", "b", "ws"])
        #expect(router.kinds == ["lifespan", "http", "pigeon", "websocket"])
        try await router.requiredApplication(for: HTTP.self).run("/b/8/")
        #expect(page.last?.route.name == "b")
        try await router.requiredApplication(for: WebSocket.self).run("/ws/聊天/")
        #expect(socket.last?.route["group"] == "聊天")
        try await router.requiredApplication(for: Pigeon.self).run("/coo/")
        #expect(pigeon.scopes.count == 1)
    }

    @Test("One middleware list, by order and then by plug-in, stands around every kind but the lifespan")
    func middleware() async throws {
        let (page, socket) = (Recorder<HTTP>(), Recorder<WebSocket>())
        let registry = try PluginRegistry([
            TestPlugin(name: "a") { contributions in
                contributions.add(to: .middleware) {
                    MiddlewareContribution(Tagging("late"), order: 10)
                    Tagging("a")
                    MiddlewareContribution(Tagging("http only"), kinds: [HTTP.self])
                }
                contributions.add(Route("/", page), to: .routes)
            },
            TestPlugin(name: "b") { contributions in
                contributions.add(to: .middleware) {
                    Tagging("b")
                    MiddlewareContribution(Tagging("early"), order: -1)
                }
                contributions.add(Route("/", socket), to: .webSocketRoutes)
            },
        ])
        let router = try registry.router()
        try await router.requiredApplication(for: HTTP.self).run("/")
        #expect(page.last?[Tagging.Tags.self] == ["early", "a", "http only", "b", "late"])
        try await router.requiredApplication(for: WebSocket.self).run("/")
        #expect(socket.last?[Tagging.Tags.self] == ["early", "a", "b", "late"])
    }

    @Test("A pattern that cannot be read stops the application when it is put together")
    func invalidPattern() throws {
        let registry = try PluginRegistry([
            TestPlugin(name: "a") { contributions in
                contributions.add(to: .routes) { Mount("/x", URLRouter { Route("/<a", Recorder<HTTP>()) }) }
            }
        ])
        let error = #expect(throws: RoutingError.self) { try registry.router() }
        #expect(error?.code == .invalidPattern)
    }
}
