// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
public import SluiceCore
import SluiceCrypto

/// Finds the user of a WebSocket by a token instead of a cookie, for programs and for pages of other hosts: by the subprotocol
/// `bearer.TOKEN`, by `?ticket=` (once), or by its first message, `{"type": "authenticate", "token": TOKEN}`, which is
/// answered by `{"type": "authenticated"}`.
///
/// Without a token that is good the socket is accepted and closed at once with 4401, since browsers show a script no other
/// refusal; when the token ends, an open one is too. Requests pass untouched. A user who was found before, by a session,
/// stays, and needs no token.
public struct TokenAuthentication: PreparingMiddleware {
    /// 4401: there is no token that is good, or it is over.
    public static let closeCode: WebSocketCloseCode = 4401
    /// How long a ticket may be used after it was made: 30 s.
    public static let ticketLife = Duration.seconds(30)
    /// What a subprotocol with a token begins with.
    static let bearer = "bearer."

    let lookUp: Authentication.LookUp
    let messageTimeout: Duration?
    private let usedTickets: Cache

    /// The middleware.
    ///
    /// - Parameters:
    ///   - messageTimeout: how long a first message with a token is waited for; nil when none is taken. Default 10 s.
    ///   - usedTickets: remembers tickets that were used. Default: this process's memory; with several processes a cache that
    ///     all of them share, such as one in Redis.
    ///   - lookUp: finds users by name, as for ``Authentication``.
    public init(
        messageTimeout: Duration? = .seconds(10), usedTickets: Cache? = nil,
        lookUp: @escaping Authentication.LookUp
    ) {
        self.lookUp = lookUp
        self.messageTimeout = messageTimeout
        self.usedTickets = usedTickets ?? Cache(MemoryCache(byteLimit: 16 << 20))
    }

    /// Finds the user, or lets the first message tell.
    public func prepareAfterWaiting<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) async throws -> (any Application<Kind>)? {
        guard let socket = next as? any Application<WebSocket>, !scope.user.isAuthenticated else { return next }
        let protocols = scope.subprotocols
        scope.subprotocols.removeAll { $0.hasPrefix(Self.bearer) }
        let ticket = (try? FormFields(parsing: scope.queryString))?["ticket"]
        let token: SocketToken?
        if let text = protocols.first(where: { $0.hasPrefix(Self.bearer) }) {
            token = read(String(text.dropFirst(Self.bearer.count)), .bearer, scope)
        } else if let ticket {
            token = try await redeem(ticket, scope)
        } else if let messageTimeout {
            let waiting = FirstMessageToken(authentication: self, timeout: messageTimeout, next: socket)
            return waiting as any Application as? any Application<Kind>
        } else {
            token = nil
        }
        guard let token, let user = try await user(of: token, scope) else {
            return UnauthenticatedSocket() as any Application as? any Application<Kind>
        }
        scope.user = user
        // Browsers fail a handshake that offered subprotocols and gets none.
        let offered = scope.subprotocols.first
        if let http = send as? Send<WebSocket> {
            let choosing = http.map { event in
                if case .accept(nil, let headers) = event {
                    .accept(subprotocol: offered, headers: headers)
                } else {
                    event
                }
            }
            if let changed = choosing as? Send<Kind> { send = changed }
        }
        close(scope, at: token.end)
        return next
    }

    /// A bearer's token that is good.
    func read(_ text: String, _ kind: SocketToken.Kind, _ scope: Scope) -> SocketToken? {
        SocketToken(text, kind, scope.state[SecretKeys.self], at: scope.connection.clock.now.seconds)
    }

    /// A ticket that is good, and was not used before.
    private func redeem(_ text: String, _ scope: Scope) async throws -> SocketToken? {
        guard let ticket = read(text, .ticket, scope) else { return nil }
        let life = Self.ticketLife.components.seconds + 1
        let isFirst = try await usedTickets.add("socket-ticket:" + ticket.nonce, true, for: .seconds(Int(life)))
        return isFirst ? ticket : nil
    }

    /// The token's user, if that may still sign in and has the password of then.
    func user(of token: SocketToken, _ scope: Scope) async throws -> (any User)? {
        guard let user = try await lookUp(token.name, scope.state), user.isAuthenticated,
            ConstantTime.equal(user.sessionProof, token.proof)
        else { return nil }
        return user
    }

    /// Closes the socket when its token ends.
    func close(_ scope: Scope, at end: Int64) {
        guard let outbox = scope.connection.outbox else { return }
        let clock = scope.connection.clock
        let timer = Task { [weak outbox] in
            try await clock.sleep(for: .seconds(max(0, end - clock.now.seconds)))
            outbox?.close(code: Self.closeCode, reason: "token_expired")
        }
        outbox.onEnd { timer.cancel() }
    }
}

/// Accepts a socket, to tell why it is closed.
private struct UnauthenticatedSocket: Application {
    func callAsFunction(scope: Scope, receive: Receive<WebSocket>, send: Send<WebSocket>) async throws {
        guard case .connect = try await receive() else { return }
        try await send(.accept(subprotocol: scope.subprotocols.first, headers: [:]))
        try await send(.close(code: TokenAuthentication.closeCode, reason: "token_required"))
    }
}
