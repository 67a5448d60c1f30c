// SPDX-License-Identifier: Apache-2.0

import SluiceCrypto
import SluiceModels
import SluiceWeb

/// Tokens with which a user chooses another password (Django's `PasswordResetTokenGenerator`): nothing is kept of them.
///
/// A token names a user and a moment and is signed together with the password's hash, the last sign-in and the address.
/// So it is over with its age, and as soon as one of these changes: it works once.
struct PasswordResetTokens: Sendable {
    private let signer: Signer

    /// - Throws: ``HTTPError`` 500 `no_secret` without a secret.
    init(_ secrets: SecretKeys) throws {
        signer = try secrets.signer(for: "sluice.password-reset")
    }

    /// A token for an account: `ID-SECONDS-SIGNATURE`, which can stand in an address.
    func make(for account: Account, at now: Int64) -> String {
        let signed = signer.sign(Self.state(of: account, at: now))
        let signature = signed[(signed.lastIndex(of: ":").map { signed.index(after: $0) } ?? signed.startIndex)...]
        return "\(account.id)-\(String(now, radix: 36))-\(signature)"
    }

    /// Whose token it claims to be; nil for what is no token.
    static func parse(_ token: String) -> (id: Int, time: Int64, signature: Substring)? {
        guard token.utf8.count <= 200 else { return nil }
        // A signature may have dashes of its own.
        let parts = token.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let id = Int(parts[0]), id > 0, let time = Int64(parts[1], radix: 36), time > 0 else {
            return nil
        }
        return (id, time, parts[2])
    }

    /// Whether a token was made for an account as it is now.
    func isValid(_ token: String, for account: Account, at now: Int64, age: Duration) -> Bool {
        guard let (id, time, signature) = Self.parse(token), id == account.id, .seconds(now - time) <= age else {
            return false
        }
        return (try? signer.verify(Self.state(of: account, at: time) + ":" + signature)) != nil
    }

    /// Of one meaning only: the address, which may have any form, stands in it as a hash.
    private static func state(of account: Account, at time: Int64) -> String {
        let signedIn = account.lastSignIn.map { "\($0.microseconds)" } ?? "never"
        let proof = Base64URL.encode(SHA256.hash(account.password + "\n" + signedIn + "\n" + account.email))
        return "\(account.id):\(time):\(proof)"
    }
}
