// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import NIOCore
import SluiceCore
import Synchronization

/// Accepts a socket, and lets the application see it when its first message has brought a token that is good.
struct FirstMessageToken: Application {
    private struct Message: Decodable {
        let type: String
        let token: String
    }

    let authentication: TokenAuthentication
    let timeout: Duration
    let next: any Application<WebSocket>

    func callAsFunction(scope: Scope, receive: Receive<WebSocket>, send: Send<WebSocket>) async throws {
        guard case .connect = try await receive() else { return }
        try await send(.accept(subprotocol: scope.subprotocols.first, headers: [:]))
        guard let token = try await token(scope, receive), let user = try await authentication.user(of: token, scope)
        else { return try await send(.close(code: TokenAuthentication.closeCode, reason: "token_required")) }
        try await send(.send(.text(#"{"type":"authenticated"}"#)))
        var scope = scope
        scope.user = user
        authentication.close(scope, at: token.end)
        var (inner, outer) = (Receive<WebSocket>(AcceptedSocket(base: receive.source)), accepted(send))
        let application = try await next.settled(scope: &scope, receive: &inner, send: &outer)
        try await application(scope: scope, receive: inner, send: outer)
    }

    /// The token of the first message; nil for any other message, and when none comes in time.
    private func token(_ scope: Scope, _ receive: Receive<WebSocket>) async throws -> SocketToken? {
        let clock = scope.connection.clock
        let first = try await withThrowingTaskGroup(of: WebSocket.Inbound?.self) { group in
            group.addTask { try await receive() }
            group.addTask { [timeout] in
                try await clock.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard case .receive(.text(let text)) = first, text.utf8.count <= 2 * SocketToken.textLimit,
            let message = try? JSONDecoder().decode(Message.self, from: Data(text.utf8)), message.type == "authenticate"
        else { return nil }
        return authentication.read(message.token, .bearer, scope)
    }

    /// The application's own answer to the handshake comes too late: an accept goes nowhere, a refusal closes.
    private func accepted(_ send: Send<WebSocket>) -> Send<WebSocket> {
        send.map { event in
            switch event {
            case .accept: nil
            case .deny: .close(code: .policyViolation, reason: "")
            case .send, .close: event
            }
        }
    }
}

/// The events of a socket whose handshake is over, with one in front of them for an application that waits for it.
private final class AcceptedSocket: EventSource {
    private let base: any EventSource<WebSocket.Inbound>
    private let isConnected = Mutex(false)

    init(base: any EventSource<WebSocket.Inbound>) {
        self.base = base
    }

    func poll() -> WebSocket.Inbound? {
        let isFirst = isConnected.withLock { isConnected in
            defer { isConnected = true }
            return !isConnected
        }
        return isFirst ? .connect : base.poll()
    }

    func arm(_ waker: Waker) -> Bool {
        isConnected.withLock { $0 } ? base.arm(waker) : false
    }

    var isFinished: Bool { isConnected.withLock { $0 } && base.isFinished }
}
