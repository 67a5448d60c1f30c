// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore
public import SluiceCrypto
import Synchronization

/// The application's secrets (Django's `SECRET_KEY` and `SECRET_KEY_FALLBACKS`): the first signs, all verify.
///
/// Put in at start, as `state[SecretKeys.self] = try SecretKeys(file: ".data/secret")`; it is its own key.
public struct SecretKeys: LifespanStateKey, Sendable {
    /// No secrets: signing is an error then.
    public static let defaultValue = SecretKeys([])

    private let secrets: [[UInt8]]
    private let cache = Cache()

    /// Secrets at hand, newest first; each at least 32 random bytes, at best 64.
    public init(_ secrets: [[UInt8]]) {
        self.secrets = secrets
    }

    /// A signer for one purpose; kept, since preparing its keys costs four hashes.
    ///
    /// - Parameter purpose: A fixed text of the program, never one that a client chose.
    /// - Throws: ``HTTPError`` 500 `no_secret` when no secrets were put in; `CryptoError` for an empty secret.
    public func signer(for purpose: String) throws -> Signer {
        if let signer = cache.signers.withLock({ $0[purpose] }) { return signer }
        guard let first = secrets.first else {
            throw HTTPError(
                .internalServerError, code: "no_secret",
                "nothing can be signed without a secret: set state[SecretKeys.self] at start")
        }
        let signer = try Signer(secret: first, salt: purpose, oldSecrets: Array(secrets.dropFirst()))
        cache.signers.withLock { signers in
            if signers.count < Cache.limit { signers[purpose] = signer }
        }
        return signer
    }

    private final class Cache: Sendable {
        /// Purposes are few; a program that makes them up on the way pays each time instead of filling the memory.
        static let limit = 64
        let signers = Mutex<[String: Signer]>([:])
    }
}

extension Scope {
    /// The signer for one purpose, from the secrets of the application's state.
    func signer(for purpose: String) throws -> Signer {
        try state[SecretKeys.self].signer(for: purpose)
    }
}
