// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import Testing

private enum User: ScopeKey {
    static let defaultValue = "anonymous"
}

private enum Nickname: ScopeKey {
    static let defaultValue: String? = nil
}

private enum Pool: LifespanStateKey {
    static let defaultValue = 0
}

@Suite("Scope and state")
struct ScopeTests {
    @Test("A changed copy leaves the original as it was, in every field")
    func copyOnWrite() {
        let original = Scope(HTTP.self, path: "/a")
        var copy = original
        copy.type = "x"
        copy.httpVersion = "2"
        copy.method = .post
        copy.scheme = "https"
        copy.path = "/b"
        copy.rawPath = "/raw"
        copy.queryString = "q"
        copy.rootPath = "/root"
        copy.headers[.accept] = "x"
        copy.subprotocols = ["chat"]
        copy.state[Pool.self] = 1
        copy.route.set("id", to: 1)
        copy.route.remaining = "rest"
        copy[User.self] = "li"
        #expect(original.type == "http" && copy.type == "x")
        #expect(original.httpVersion == "1.1" && copy.httpVersion == "2")
        #expect(original.method == .get && copy.method == .post)
        #expect(original.scheme == "http" && copy.scheme == "https")
        #expect(original.path == "/a" && copy.path == "/b")
        #expect(original.rawPath.isEmpty && original.queryString.isEmpty && original.rootPath.isEmpty)
        #expect(original.headers.isEmpty && copy.headers[.accept] == "x")
        #expect(original.subprotocols.isEmpty && copy.subprotocols == ["chat"])
        #expect(original.state[Pool.self] == 0 && copy.state[Pool.self] == 1)
        #expect(original.route.named.isEmpty && original.route.remaining == nil && copy.route["id"] == "1")
        #expect(original[User.self] == "anonymous" && copy[User.self] == "li")
    }

    @Test("Copies that change on many tasks at once do not see each other")
    func concurrentCopies() async {
        var scope = Scope(HTTP.self)
        scope[User.self] = "base"
        let shared = scope
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    var own = shared
                    own.path = "/\(number)"
                    own[User.self] += "-\(number)"
                    return own.path == "/\(number)" && own[User.self] == "base-\(number)" && shared.path == "/"
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("Keys are told apart by type; an optional value can be set and taken back")
    func keys() {
        var scope = Scope(WebSocket.self)
        #expect(scope.type == "websocket")
        #expect(scope[Nickname.self] == nil)
        scope[Nickname.self] = "li"
        scope[User.self] = "user1"
        #expect(scope[Nickname.self] == "li")
        scope[Nickname.self] = nil
        #expect(scope[Nickname.self] == nil)
        #expect(scope[User.self] == "user1")
    }

    @Test("The first middleware of a list sees a connection first")
    func middlewareOrder() async throws {
        let application = Recorder<WebSocket>()
        try await application.wrapped(in: Tagging("first"), Tagging("second")).run("/")
        #expect(application.last?[Tagging.Tags.self] == ["first", "second"])
    }

    @Test("An error has one disposition; a foreign one is a fault of the application")
    func dispositions() {
        struct Foreign: Error {}
        #expect(ErrorDisposition(of: RoutingError(.noRoute, "")) == .notFound)
        #expect(ErrorDisposition(of: RoutingError(.invalidPattern, "")) == .internalError)
        #expect(ErrorDisposition(of: SendError.connectionClosed) == .connectionLost)
        #expect(ErrorDisposition(of: SendError(.wrongState, "")) == .internalError)
        #expect(ErrorDisposition(of: Foreign()) == .internalError)
    }

    @Test("RFC 6455 §7.4: which close codes may be sent")
    func closeCodes() {
        let sendable = (0...UInt16.max).filter { WebSocketCloseCode(rawValue: $0).isSendable }
        #expect(sendable == Array(1000...1003) + Array(1007...1014) + Array(3000...4999))
    }
}
