// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceCrypto

/// What lets a socket in without a cookie: a signed text that names a user and an end. It is read by nobody but the server,
/// and anybody who has it is that user until then.
struct SocketToken: Sendable, Hashable {
    /// How it may be used.
    enum Kind: String, Sendable {
        /// As often as its owner likes, where it is not seen by others: in a subprotocol or a first message.
        case bearer = "sluice.socket-token"
        /// Once and soon: in an address, which ends up in logs.
        case ticket = "sluice.socket-ticket"
    }

    /// The longest text that is looked at, in bytes: a name of 150 characters of any script, and the rest.
    static let textLimit = 2_048

    let name: String
    let proof: String
    /// When a socket that it let in is closed, in seconds since 1970.
    let end: Int64
    /// Until when it lets one in; that of a bearer is ``end``.
    let limit: Int64
    /// What makes it another one than all others.
    let nonce: String

    /// The text, `NAME.PROOF.END.LIMIT.NONCE` and its signature, all of it fit for subprotocols and addresses.
    func text(_ kind: Kind, _ secrets: SecretKeys) throws -> String {
        let parts = [
            Base64URL.encode(Array(name.utf8)), Base64URL.encode(Array(proof.utf8)), "\(end)", "\(limit)", nonce,
        ]
        // A colon may not stand in a subprotocol (RFC 9110 §5.6.2).
        return try secrets.signer(for: kind.rawValue).sign(parts.joined(separator: ".")).replacing(":", with: "~")
    }

    /// Reads a text; nil for what was not signed here, for this kind, or is over.
    init?(_ text: String, _ kind: Kind, _ secrets: SecretKeys, at now: Int64) {
        guard text.utf8.count <= Self.textLimit, let signer = try? secrets.signer(for: kind.rawValue),
            let value = try? signer.verify(text.replacing("~", with: ":"))
        else { return nil }
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 5, let name = Base64URL.decode(parts[0]), let proof = Base64URL.decode(parts[1]),
            let end = Int64(parts[2]), let limit = Int64(parts[3]), now < limit, now < end
        else { return nil }
        self.init(
            name: String(decoding: name, as: UTF8.self), proof: String(decoding: proof, as: UTF8.self), end: end,
            limit: limit, nonce: String(parts[4]))
    }

    init(name: String, proof: String, end: Int64, limit: Int64, nonce: String) {
        (self.name, self.proof, self.end, self.limit, self.nonce) = (name, proof, end, limit, nonce)
    }
}

extension Request {
    /// A token by which a program of the user opens sockets behind ``TokenAuthentication``: in a subprotocol
    /// `bearer.TOKEN`, or in its first message.
    ///
    /// - Parameter life: how long it is good; its sockets are closed then, with 4401. Default an hour.
    /// - Throws: ``HTTPError`` 401 `sign_in_required` for nobody, 500 `no_secret`.
    public func socketToken(for life: Duration = .seconds(3_600)) throws -> String {
        try socketToken(.bearer, life, usable: life)
    }

    /// A ticket for one socket behind ``TokenAuthentication``, in its address: `?ticket=TICKET`. It is good once, within 30 s.
    ///
    /// - Parameter life: when the socket is closed, with 4401. Default an hour.
    /// - Throws: as ``socketToken(for:)``.
    public func socketTicket(for life: Duration = .seconds(3_600)) throws -> String {
        try socketToken(.ticket, life, usable: min(life, TokenAuthentication.ticketLife))
    }

    private func socketToken(_ kind: SocketToken.Kind, _ life: Duration, usable: Duration) throws -> String {
        guard user.isAuthenticated, !user.name.isEmpty else {
            throw HTTPError(.unauthorized, code: "sign_in_required", "nobody is signed in")
        }
        let now = scope.connection.clock.now.seconds
        return try SocketToken(
            name: user.name, proof: user.sessionProof, end: now + life.components.seconds,
            limit: now + usable.components.seconds, nonce: SecureRandom.token(byteCount: 12)
        ).text(kind, app[SecretKeys.self])
    }
}
