// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceTesting
import SluiceWeb
import Testing

@Suite("Tokens for sockets", .timeLimit(.minutes(1)))
struct TokenAuthenticationTests {
    private struct Anna: User {
        let name: String
        var sessionProof = "proof"
        var isAuthenticated: Bool { true }
    }

    private let time = VirtualTime()
    private var state: LifespanState {
        var state = LifespanState.testing(clock: time)
        state[SecretKeys.self] = testSecrets
        return state
    }

    /// Says who its user is, and what it hears.
    private func socket(_ authentication: TokenAuthentication) -> any Application<WebSocket> {
        ClosureApplication<WebSocket> { scope, receive, send in
            _ = try await receive()
            try await send(.accept(subprotocol: nil, headers: [:]))
            try await send(.send(.text("hello \(scope.user.name)")))
            while case .receive(let message) = try await receive() { try await send(.send(message)) }
        }.wrapped(in: authentication)
    }

    private func authentication(timeout: Duration? = nil, proof: String = "proof") -> TokenAuthentication {
        TokenAuthentication(messageTimeout: timeout) { name, _ in
            name == "李 雷:~." ? Anna(name: name, sessionProof: proof) : nil
        }
    }

    private func make(
        _ user: any User = Anna(name: "李 雷:~."), _ make: @escaping @Sendable (Request) throws -> String
    ) async throws -> String {
        let view = ViewApplication(FunctionView { .text(try make($0)) }).wrapped(in: ErrorPages())
        return try await HTTPCommunicator(view, state: state, clock: time) { $0.user = user }.response(
            timeout: patience
        ).text
    }

    private func connect(
        _ authentication: TokenAuthentication, path: String = "/", protocols: [String] = []
    ) async throws -> (WebSocketCommunicator, WebSocketAnswer) {
        let communicator = WebSocketCommunicator(
            socket(authentication), path: path, subprotocols: protocols, state: state, clock: time)
        return (communicator, try await communicator.connect(timeout: patience))
    }

    @Test("By a subprotocol, as often as one likes, until the token ends: then 4401; another subprotocol is chosen")
    func bearer() async throws {
        let token = try await make { try $0.socketToken(for: .seconds(60)) }
        #expect(token.utf8.allSatisfy { "-_.~".utf8.contains($0) || $0 > 0x2f && $0 < 0x3a || $0 > 0x40 && $0 < 0x7b })
        let authentication = authentication()
        for _ in 0..<2 {
            let (socket, answer) = try await connect(authentication, protocols: ["chat", "bearer." + token])
            #expect(answer.isAccepted && answer.subprotocol == "chat")
            #expect(try await socket.receiveText(timeout: patience) == "hello 李 雷:~.")
            try await socket.disconnect(timeout: patience)
        }
        let (socket, _) = try await connect(authentication, protocols: ["chat", "bearer." + token])
        _ = try await socket.receiveText(timeout: patience)
        time.advance(by: .seconds(60))
        #expect(try await socket.receiveClose(timeout: patience).code == 4401)
        let (late, _) = try await connect(authentication, protocols: ["chat", "bearer." + token])
        #expect(try await late.receiveClose(timeout: patience).code == 4401)
    }

    @Test("A ticket in the address is good once, and soon; one is no token, and a token is no ticket")
    func tickets() async throws {
        let ticket = try await make { try $0.socketTicket() }
        let authentication = authentication()
        let (socket, _) = try await connect(authentication, path: "/?ticket=" + ticket)
        #expect(try await socket.receiveText(timeout: patience).hasPrefix("hello"))
        let token = try await make { try $0.socketToken() }
        for path in ["/?ticket=" + ticket, "/?ticket=" + token, "/?ticket=", "/?ticket=" + ticket.dropLast(), "/"] {
            let (socket, answer) = try await connect(authentication, path: path)
            #expect(answer.isAccepted)
            #expect(try await socket.receiveClose(timeout: patience).code == 4401)
        }
        let other = try await make { try $0.socketTicket() }
        let (misused, _) = try await connect(authentication, protocols: ["bearer." + other])
        #expect(try await misused.receiveClose(timeout: patience).code == 4401)
        time.advance(by: .seconds(30))
        let (late, _) = try await connect(authentication, path: "/?ticket=" + other)
        #expect(try await late.receiveClose(timeout: patience).code == 4401)
        try await socket.disconnect(timeout: patience)
    }

    @Test("By the first message, in time; the application then sees a handshake as any other")
    func firstMessage() async throws {
        let token = try await make { try $0.socketToken(for: .seconds(60)) }
        let authentication = authentication(timeout: .seconds(10))
        let (socket, answer) = try await connect(authentication)
        #expect(answer.isAccepted)
        socket.send(text: #"{"type":"authenticate","token":"\#(token)"}"#)
        #expect(try await socket.receiveText(timeout: patience) == #"{"type":"authenticated"}"#)
        #expect(try await socket.receiveText(timeout: patience) == "hello 李 雷:~.")
        socket.send(text: "echo")
        #expect(try await socket.receiveText(timeout: patience) == "echo")
        time.advance(by: .seconds(60))
        #expect(try await socket.receiveClose(timeout: patience).code == 4401)
        for message in [
            "{}", "hello", #"{"type":"authenticate","token":"x"}"#, #"{"type":"other","token":"\#(token)"}"#,
        ] {
            let (socket, _) = try await connect(authentication)
            socket.send(text: message)
            #expect(try await socket.receiveClose(timeout: patience).code == 4401)
        }
        let (silent, _) = try await connect(authentication)
        try await time.waitForSleepers(1)
        time.advance(by: .seconds(10))
        #expect(try await silent.receiveClose(timeout: patience).code == 4401)
    }

    @Test("Another password ends tokens; nobody gets one; a user of a session needs none")
    func users() async throws {
        let token = try await make { try $0.socketToken() }
        let (changed, _) = try await connect(authentication(proof: "other"), protocols: ["bearer." + token])
        #expect(try await changed.receiveClose(timeout: patience).code == 4401)
        #expect(try await make(AnonymousUser()) { try $0.socketToken() }.contains("401"))
        let known = WebSocketCommunicator(socket(authentication()), state: state, clock: time) {
            $0.user = Anna(name: "ben")
        }
        try await known.connect(timeout: patience)
        #expect(try await known.receiveText(timeout: patience) == "hello ben")
        try await known.disconnect(timeout: patience)
    }
}
