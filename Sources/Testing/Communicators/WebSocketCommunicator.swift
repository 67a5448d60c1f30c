// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore
public import SluiceCore

/// Opens one WebSocket to an application without a server (Channels' `WebsocketCommunicator`).
///
/// ```swift
/// let communicator = WebSocketCommunicator(ConsumerApplication(EchoConsumer.init), path: "/echo/")
/// #expect(try await communicator.connect().isAccepted)
/// communicator.send(text: "hello")
/// #expect(try await communicator.receiveText() == "hello")
/// try await communicator.disconnect()
/// ```
/// The application's events are checked as a server checks them: no second accept, no message after a close.
public final class WebSocketCommunicator: Sendable {
    let communicator: ApplicationCommunicator<WebSocket>
    private let peer: WebSocketPeer

    /// What the application was called with.
    public var scope: Scope { communicator.scope }

    /// Starts an application.
    ///
    /// - Parameters:
    ///   - target: path and query: `/ws/room/?token=x`.
    ///   - subprotocols: those that the client offers, in its order.
    ///   - state: what the application made at start; ``SluiceCore/LifespanState/testing(clock:)`` by default. Give
    ///     two communicators one state, and they share its channel layer.
    ///   - configure: changes the scope, as a middleware before the application would.
    public init(
        _ application: any Application<WebSocket>, path target: String = "/", headers: HTTPFields = [:],
        subprotocols: [String] = [], state: LifespanState? = nil, clock: any TimeSource = SystemTime(),
        configure: (inout Scope) -> Void = { _ in }
    ) {
        let input = EventQueue<WebSocket.Inbound>()
        let output = EventQueue<ApplicationOutput<WebSocket.Outbound>>()
        let peer = WebSocketPeer(input: input, output: output, subprotocols: subprotocols)
        var scope = Scope(WebSocket.self)
        scope.scheme = "ws"
        scope.setTarget(target)
        scope.headers = headers
        scope.subprotocols = subprotocols
        scope.state = state ?? .testing(clock: clock)
        scope.connection = ConnectionContext(outbox: peer, clock: clock)
        configure(&scope)
        self.peer = peer
        communicator = ApplicationCommunicator(
            application, scope: scope, input: input, output: output, sink: peer, onEnd: peer.applicationEnded)
    }

    /// Asks for the connection and waits for the application's answer.
    ///
    /// - Throws: what the application threw instead of answering, or ``CommunicatorError``.
    @discardableResult
    public func connect(timeout: Duration = .seconds(1)) async throws -> WebSocketAnswer {
        communicator.sendInput(.connect)
        let expected = "the answer to the handshake"
        switch try await communicator.receiveOutput(timeout: timeout, awaiting: expected) {
        case .accept(let subprotocol, let headers):
            return WebSocketAnswer(status: .switchingProtocols, subprotocol: subprotocol, headers: headers)
        case .deny(let status, let headers, let body):
            return WebSocketAnswer(status: status, headers: headers, body: body)
        case .close(let code, _):
            return WebSocketAnswer(status: .forbidden, closeCode: code)
        case .send(let message, _): throw unexpectedMessage(expected, message)
        }
    }

    /// Sends a text message to the application.
    public func send(text: String) {
        communicator.sendInput(.receive(.text(text)))
    }

    /// Sends a binary message to the application.
    public func send(bytes: ByteBuffer) {
        communicator.sendInput(.receive(.bytes(bytes)))
    }

    /// Takes the application's next message.
    ///
    /// - Throws: what the application threw, or ``CommunicatorError``: `unexpected` when a close came instead,
    ///   `timedOut` when nothing came (the application is cancelled then), `ended` when the application returned.
    public func receive(timeout: Duration = .seconds(1)) async throws -> WebSocketMessage {
        try await receive("a message", timeout: timeout)
    }

    func receive(_ expected: String, timeout: Duration) async throws -> WebSocketMessage {
        switch try await communicator.receiveOutput(timeout: timeout, awaiting: expected) {
        case .send(let message, _): return message
        case .accept: throw CommunicatorError(.unexpected, "\(expected) was expected, but an accept came")
        case .deny(let status, _, _):
            throw CommunicatorError(.unexpected, "\(expected) was expected, but a refusal (\(status.code)) came")
        case .close(let code, let reason):
            let close = WebSocketClose(code: code, reason: reason)
            throw CommunicatorError(.unexpected, "\(expected) was expected, but a \(close) came")
        }
    }

    /// Takes the close that the application sent.
    ///
    /// - Throws: what the application threw, or ``CommunicatorError``.
    public func receiveClose(timeout: Duration = .seconds(1)) async throws -> WebSocketClose {
        switch try await communicator.receiveOutput(timeout: timeout, awaiting: "a close") {
        case .close(let code, let reason): return WebSocketClose(code: code, reason: reason)
        case .send(let message, _): throw unexpectedMessage("a close", message)
        case .accept, .deny:
            throw CommunicatorError(.unexpected, "a close was expected, but the answer to the handshake came")
        }
    }

    /// Whether the application sends nothing for a while. What comes is kept for the next receive.
    public func receiveNothing(for duration: Duration = .milliseconds(100)) async -> Bool {
        await communicator.receiveNothing(for: duration)
    }

    /// Closes the connection as a client does, and waits until the application has returned.
    ///
    /// - Throws: what the application threw, or ``CommunicatorError``.
    public func disconnect(
        code: WebSocketCloseCode = .normal, reason: String = "", timeout: Duration = .seconds(1)
    ) async throws {
        peer.end(code, reason)
        try await communicator.wait(timeout: timeout)
    }

    /// The client goes without a word, as when its network fails; the application is told 1006.
    public func vanish() {
        peer.end(.abnormal, "")
    }

    /// Says how far the client is behind: from `full` on the application's own messages wait, and layer events come
    /// under its overflow policy.
    public func setPressure(_ pressure: OutboxPressure) {
        peer.setPressure(pressure)
    }

    /// Waits until the application has returned; see ``ApplicationCommunicator/wait(timeout:)``.
    public func wait(timeout: Duration = .seconds(1)) async throws {
        try await communicator.wait(timeout: timeout)
    }

    /// Cancels the application's task; see ``ApplicationCommunicator/stop(timeout:)``.
    public func stop(timeout: Duration = .seconds(1)) async throws {
        try await communicator.stop(timeout: timeout)
    }
}
