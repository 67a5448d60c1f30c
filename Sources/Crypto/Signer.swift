// SPDX-License-Identifier: Apache-2.0

/// Signs text, so that it can be given to a client and comes back unchanged or is refused: cookies, CSRF tokens,
/// links in mails. It does not hide the text. In the spirit of Django's `Signer` and `TimestampSigner`.
///
/// A signed text is `value:signature` or `value:timestamp:signature`, where the signature is HMAC-SHA256 in base64url
/// and the timestamp the decimal Unix time in seconds. The key is derived from the secret and the salt, and the two
/// forms never pass for each other, so that a text signed for one purpose means nothing for another.
public struct Signer: Sendable {
    /// The current key first, then those that are only still accepted.
    private let keys: [HMACSHA256]

    /// - Parameters:
    ///   - secret: The application's secret, at best 32 random bytes; signs and verifies.
    ///   - salt: The purpose, such as `sluice.session`; signers with different salts refuse each other's texts.
    ///   - oldSecrets: Secrets that verify but no longer sign, newest first (Django's `SECRET_KEY_FALLBACKS`).
    /// - Throws: ``CryptoError/Code/emptyKey`` for an empty secret; ``CryptoError/Code/unavailable``.
    public init(secret: [UInt8], salt: String, oldSecrets: [[UInt8]] = []) throws(CryptoError) {
        var keys: [HMACSHA256] = []
        for secret in [secret] + oldSecrets {
            keys.append(try HMACSHA256(key: HMACSHA256(key: secret).code(for: "sluice.signer:" + salt)))
        }
        self.keys = keys
    }

    /// - Returns: `value:signature`. The value may hold any characters, colons too.
    public func sign(_ value: String) -> String {
        value + ":" + Self.signature(of: value, form: .plain, with: keys[0])
    }

    /// - Parameters:
    ///   - value: May hold any characters, colons too.
    ///   - now: Unix time in seconds.
    /// - Returns: `value:timestamp:signature`.
    public func sign(_ value: String, now: Int64) -> String {
        let stamped = value + ":" + String(now)
        return stamped + ":" + Self.signature(of: stamped, form: .timed, with: keys[0])
    }

    /// - Parameter signed: What ``sign(_:)`` returned.
    /// - Returns: The value.
    /// - Throws: ``SignatureError/badSignature``.
    public func verify(_ signed: String) throws(SignatureError) -> String {
        String(try authenticated(signed, form: .plain))
    }

    /// - Parameters:
    ///   - signed: What ``sign(_:now:)`` returned.
    ///   - maxAge: How old it may be; one of exactly this age is still good. Nil: any age.
    ///   - now: Unix time in seconds. A timestamp after it counts as new: clocks of two hosts differ.
    /// - Returns: The value.
    /// - Throws: ``SignatureError/badSignature``, ``SignatureError/expired(age:)``.
    public func verify(_ signed: String, maxAge: Duration?, now: Int64) throws(SignatureError) -> String {
        let stamped = try authenticated(signed, form: .timed)
        // Only our own texts come this far, so a missing number would be our own mistake; refuse it all the same.
        // (Colons are sought as bytes: as a character one may be glued to what stands before it.)
        guard let colon = stamped.utf8.lastIndex(of: UInt8(ascii: ":")),
            let timestamp = Int64(stamped[stamped.utf8.index(after: colon)...])
        else { throw .badSignature }
        let (age, overflow) = now.subtractingReportingOverflow(timestamp)
        if let maxAge, overflow || .seconds(age) > maxAge { throw .expired(age: .seconds(overflow ? .max : age)) }
        return String(stamped[..<colon])
    }

    /// The part before the last colon, once the signature after it has been found good.
    private func authenticated(_ signed: String, form: Form) throws(SignatureError) -> Substring {
        guard let colon = signed.utf8.lastIndex(of: UInt8(ascii: ":")) else { throw .badSignature }
        let text = signed[..<colon]
        let signature = String(signed[signed.utf8.index(after: colon)...])
        for key in keys where ConstantTime.equal(Self.signature(of: String(text), form: form, with: key), signature) {
            return text
        }
        throw .badSignature
    }

    private static func signature(of text: String, form: Form, with key: HMACSHA256) -> String {
        Base64URL.encode(key.code(for: form.rawValue + text))
    }

    /// Goes into the signature but not into the text: keeps `a:1` signed plainly from passing as `a` of second 1.
    private enum Form: String {
        case plain = "plain:"
        case timed = "timed:"
    }
}

/// Why ``Signer`` refused a text.
public enum SignatureError: Error, Hashable, Sendable {
    /// Not signed, signed with another key or for another purpose, or changed on its way.
    case badSignature
    /// The signature is good but older than allowed.
    case expired(age: Duration)
}
