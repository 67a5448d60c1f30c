// SPDX-License-Identifier: Apache-2.0

import SluiceCrypto
import Synchronization

/// The secret of one browser against cross-site requests, and what happened to it during one request.
final class CSRFToken: Sendable {
    /// How many random bytes a secret has.
    static let byteCount = 32

    private struct State {
        var secret: [UInt8]
        var isNew: Bool
        var isUsed = false
    }

    private let state: Mutex<State>

    /// The secret of a cookie; a new one when there is none or it is none of ours.
    init(cookie: String?) {
        let secret = cookie.flatMap { Base64URL.decode($0) }
        if let secret, secret.count == Self.byteCount {
            state = Mutex(State(secret: secret, isNew: false))
        } else {
            state = Mutex(State(secret: SecureRandom.bytes(Self.byteCount), isNew: true))
        }
    }

    /// A token for a page: the secret under a mask that is new each time, so that a page compressed over TLS does not
    /// give it away (BREACH).
    func masked() -> String {
        let secret = state.withLock { state in
            state.isUsed = true
            return state.secret
        }
        let mask = SecureRandom.bytes(Self.byteCount)
        return Base64URL.encode(mask + zip(mask, secret).map { $0 ^ $1 })
    }

    /// Whether a token that came back was made from the secret that came with it.
    func isValid(_ token: String) -> Bool {
        let (secret, isNew) = state.withLock { ($0.secret, $0.isNew) }
        guard !isNew, token.utf8.count <= 128, let bytes = Base64URL.decode(token), bytes.count == 2 * Self.byteCount
        else { return false }
        return ConstantTime.equal(zip(bytes, bytes.dropFirst(Self.byteCount)).map { $0 ^ $1 }, secret)
    }

    /// Whether the browser has sent a secret of ours, without which no token is valid.
    var isFromCookie: Bool { state.withLock { !$0.isNew } }

    /// Takes a new secret, so that what was known before a sign-in is worth nothing after it.
    func rotate() {
        state.withLock { state in
            state = State(secret: SecureRandom.bytes(Self.byteCount), isNew: true, isUsed: true)
        }
    }

    /// Whether a page depends on the secret, and the cookie that has to be set for it, if it is not there yet.
    var outcome: (isUsed: Bool, newCookie: String?) {
        state.withLock { state in
            (state.isUsed, state.isUsed && state.isNew ? Base64URL.encode(state.secret) : nil)
        }
    }
}
