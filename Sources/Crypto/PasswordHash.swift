// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A password as it may be kept: hashed slowly with a salt of its own, in Django's text forms, so that users can be taken
/// over from there and back.
///
/// New ones are scrypt (RFC 7914): `scrypt$16384$SALT$8$5$HASH`; `pbkdf2_sha256$ITERATIONS$SALT$HASH` (RFC 8018) is read
/// too. Hashing and checking take about a fifth of a second and 16 MiB, by design: call them in `blocking { }`.
public struct PasswordHash: Sendable, Hashable {
    /// What checking a password has shown.
    public enum Outcome: Sendable, Hashable {
        /// Another password, or none fits.
        case wrong
        /// The password.
        case right
        /// The password, under a hash that is weaker than new ones: keep ``PasswordHash/init(_:)`` of it instead.
        case outdated
    }

    /// The longest password that is hashed or checked, in bytes of UTF-8; no longer one is right. 4,096, as Django.
    public static let byteLimit = 4_096

    /// What is kept: never the password, but worth guarding, since weak passwords can be guessed from it.
    public let encoded: String

    /// What was kept; any text.
    public init(encoded: String) {
        self.encoded = encoded
    }

    /// Hashes a password with a new salt.
    ///
    /// - Parameter cost: how slowly.
    /// - Throws: ``CryptoError/Code/tooLong`` over ``byteLimit``; ``CryptoError/Code/unavailable`` where libcrypto has no
    ///   scrypt.
    public init(_ password: String, cost: Cost = .standard) throws(CryptoError) {
        guard password.utf8.count <= Self.byteLimit else {
            throw CryptoError(code: .tooLong, message: "a password has \(Self.byteLimit) bytes at most")
        }
        // 132 bits out of letters that need no escaping, as Django's.
        let salt = Base64URL.encode(SecureRandom.bytes(17)).filter { $0 != "-" && $0 != "_" }
        guard let hash = cost.hash(password, salt: salt) else {
            throw CryptoError(code: .unavailable, message: "libcrypto offers no scrypt; see its configuration")
        }
        encoded = cost.encoded(salt: salt, hash: hash)
    }

    /// A hash that no password fits, for users who sign in another way (Django's `set_unusable_password`).
    public static var unusable: Self { Self(encoded: "!" + Base64URL.encode(SecureRandom.bytes(30))) }

    /// Whether some password may fit.
    public var isUsable: Bool { !encoded.hasPrefix("!") && !encoded.isEmpty }

    /// Checks a password. For a hash that nothing fits it takes as long as for any other, so that the time does not tell
    /// whether there is such a user.
    ///
    /// - Parameter cost: that of new hashes; a hash of another one is outdated.
    public func check(_ password: String, cost: Cost = .standard) -> Outcome {
        guard password.utf8.count <= Self.byteLimit else { return .wrong }
        let fields = encoded.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        switch fields.first {
        case "scrypt" where fields.count == 6:
            guard let own = Cost(fields[1], fields[3], fields[4]),
                let hash = own.hash(password, salt: fields[2])
            else { break }
            guard ConstantTime.equal(Base64.encode(hash), fields[5]) else { return .wrong }
            return own == cost ? .right : .outdated
        case "pbkdf2_sha256" where fields.count == 4:
            guard let iterations = Int32(fields[1]), (1...10_000_000).contains(iterations),
                let hash = PBKDF2.hash(password, salt: fields[2], iterations: iterations)
            else { break }
            return ConstantTime.equal(Base64.encode(hash), fields[3]) ? .outdated : .wrong
        default: break
        }
        _ = cost.hash(password, salt: "nobody")
        return .wrong
    }
}

extension PasswordHash {
    /// The parameters of scrypt (RFC 7914 §2).
    public struct Cost: Sendable, Hashable {
        /// Django's: 16 MiB, five times.
        public static let standard = Self(cost: 1 << 14, blockSize: 8, parallelism: 5)
        /// Next to nothing: for tests, whose users have no secrets.
        public static let testing = Self(cost: 1 << 4, blockSize: 1, parallelism: 1)
        /// More memory than this no kept hash may ask for.
        private static let memoryLimit: UInt64 = 256 << 20

        private let cost: UInt64
        private let blockSize: UInt64
        private let parallelism: UInt64

        private init(cost: UInt64, blockSize: UInt64, parallelism: UInt64) {
            self.cost = cost
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        init?(_ cost: String, _ blockSize: String, _ parallelism: String) {
            guard let cost = UInt64(cost), let blockSize = UInt64(blockSize), let parallelism = UInt64(parallelism),
                (2...1 << 20).contains(cost), cost & (cost - 1) == 0, (1...64).contains(blockSize),
                (1...64).contains(parallelism), 128 * cost * blockSize <= Self.memoryLimit
            else { return nil }
            self.init(cost: cost, blockSize: blockSize, parallelism: parallelism)
        }

        func hash(_ password: String, salt: String) -> [UInt8]? {
            var key = [UInt8](repeating: 0, count: 64)
            let (password, salt) = (Array(password.utf8CString), Array(salt.utf8))
            let made = EVP_PBE_scrypt(
                password, password.count - 1, salt, salt.count, cost, blockSize, parallelism, 2 * Self.memoryLimit,
                &key, key.count)
            return made == 1 ? key : nil
        }

        func encoded(salt: String, hash: [UInt8]) -> String {
            "scrypt$\(cost)$\(salt)$\(blockSize)$\(parallelism)$\(Base64.encode(hash))"
        }
    }
}

/// PBKDF2 with HMAC-SHA256, RFC 8018 §5.2.
private enum PBKDF2 {
    static func hash(_ password: String, salt: String, iterations: Int32) -> [UInt8]? {
        var key = [UInt8](repeating: 0, count: 32)
        let (password, salt) = (Array(password.utf8CString), Array(salt.utf8))
        let made = PKCS5_PBKDF2_HMAC(
            password, Int32(password.count - 1), salt, Int32(salt.count), iterations, EVP_sha256(), Int32(key.count),
            &key)
        return made == 1 ? key : nil
    }
}

/// Base64 with padding (RFC 4648 §4), as Django writes hashes.
private enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }
}
