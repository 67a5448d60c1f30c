// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import SluiceCrypto
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What session tickets are sealed with (RFC 5077 §4): one set for all contexts of a server, also for those that replace
/// them, so that a ticket is good on every event loop, for every certificate and after a reload.
///
/// Whoever learns a key can read the sessions that were resumed with it, so a key seals for one period only; then it
/// opens for one more, and is forgotten.
final class TicketKeys: Sendable {
    /// How long a key seals, in seconds. A ticket lives for 2 h at most, so each can be used for all of its life.
    static let defaultPeriod: Int64 = 12 * 3600

    struct Key: Sendable {
        /// What a ticket names its key by.
        let name = SecureRandom.bytes(16)
        fileprivate let cipherKey = SecureRandom.bytes(32)
        fileprivate let macKey = SecureRandom.bytes(32)
    }

    private struct Keys {
        var sealing: Key
        var old: Key?
        var since: Int64
    }

    private let keys: Mutex<Keys>
    private let period: Int64
    private let now: @Sendable () -> Int64
    /// nonisolated(unsafe): fetched once and never changed; fetching it for every ticket costs a search among the
    /// providers.
    private nonisolated(unsafe) let cipher = EVP_CIPHER_fetch(nil, "AES-256-CBC", nil)

    /// - Parameters:
    ///   - period: How long a key seals, in seconds.
    ///   - now: Seconds on a clock that never goes back.
    init(period: Int64 = defaultPeriod, now: @escaping @Sendable () -> Int64 = TicketKeys.uptime) {
        self.period = period
        self.now = now
        keys = Mutex(Keys(sealing: Key(), old: nil, since: now()))
    }

    deinit { EVP_CIPHER_free(cipher) }

    /// The key for new tickets.
    func sealingKey() -> Key { current { $0.sealing } }

    /// The key of a ticket, and whether it still seals; nil when it was forgotten or was never ours.
    func openingKey(named name: UnsafeBufferPointer<UInt8>) -> (key: Key, isSealing: Bool)? {
        current { keys in
            if keys.sealing.name.elementsEqual(name) { return (keys.sealing, true) }
            if let old = keys.old, old.name.elementsEqual(name) { return (old, false) }
            return nil
        }
    }

    private func current<Result: Sendable>(_ body: (Keys) -> Result) -> Result {
        let now = now()
        return keys.withLock { keys in
            let age = now - keys.since
            if age >= period {
                keys = Keys(sealing: Key(), old: age < 2 * period ? keys.sealing : nil, since: now)
            }
            return body(keys)
        }
    }

    /// Seconds since the system's start, sleep included.
    static func uptime() -> Int64 {
        var time = timespec()
        #if os(Linux)
        clock_gettime(CLOCK_BOOTTIME, &time)
        #else
        clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return Int64(time.tv_sec)
    }

    fileprivate func start(
        _ cipherContext: OpaquePointer?, _ macContext: OpaquePointer?, _ key: Key, iv: UnsafePointer<UInt8>,
        sealing: Bool
    ) -> Bool {
        EVP_CipherInit_ex(cipherContext, cipher, nil, key.cipherKey, iv, sealing ? 1 : 0) == 1
            && copenssl_HMAC_SHA256_start(macContext, key.macKey, key.macKey.count) == 1
    }
}

/// Called by OpenSSL to seal (`sealing` 1) or open (0) a ticket; the context's application data are the unretained
/// `TicketKeys`.
///
/// - Returns: 1: done; 2: done, and the client gets a new ticket; 0: the key is not known, the handshake is a full one;
///   −1: an error.
func useTicketKey(
    ssl: OpaquePointer?, name: UnsafeMutablePointer<UInt8>?, iv: UnsafeMutablePointer<UInt8>?,
    cipherContext: OpaquePointer?, macContext: OpaquePointer?, sealing: Int32
) -> Int32 {
    guard let name, let iv, let data = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0) else { return -1 }
    let keys = Unmanaged<TicketKeys>.fromOpaque(data).takeUnretainedValue()
    guard sealing == 0 else {
        let key = keys.sealingKey()
        for (index, byte) in key.name.enumerated() { name[index] = byte }
        guard RAND_bytes(iv, EVP_MAX_IV_LENGTH) == 1 else { return -1 }
        return keys.start(cipherContext, macContext, key, iv: iv, sealing: true) ? 1 : -1
    }
    guard let (key, isSealing) = keys.openingKey(named: UnsafeBufferPointer(start: name, count: 16)) else { return 0 }
    guard keys.start(cipherContext, macContext, key, iv: iv, sealing: false) else { return -1 }
    return isSealing ? 1 : 2
}
