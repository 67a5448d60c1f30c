// SPDX-License-Identifier: Apache-2.0

import NIOCore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An IPv6 address; an IPv4 address is the one that it is mapped to (RFC 4291 §2.5.5.2), so that both compare.
struct IPAddress: Sendable, Hashable {
    /// Of the eight groups, the first four and the last four.
    let high: UInt64
    let low: UInt64

    private static let mappedPrefix: UInt64 = 0xFFFF << 32

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    private init(_ address: in_addr) {
        self.init(high: 0, low: Self.mappedPrefix | UInt64(UInt32(bigEndian: address.s_addr)))
    }

    private init(_ address: in6_addr) {
        let halves = withUnsafeBytes(of: address) { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
    }

    /// - Returns: `nil` for what is no numeric address; a zone (`%eth0`) is none.
    init?(_ text: some StringProtocol) {
        var four = in_addr()
        if text.withCString({ inet_pton(AF_INET, $0, &four) }) == 1 {
            self.init(four)
            return
        }
        var six = in6_addr()
        guard text.withCString({ inet_pton(AF_INET6, $0, &six) }) == 1 else { return nil }
        self.init(six)
    }

    /// - Returns: `nil` for a unix socket.
    init?(_ address: SocketAddress) {
        guard let text = address.ipAddress else { return nil }
        self.init(text)
    }

    /// Whether it is an IPv4 address.
    var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix >> 32 }

    /// The address with all bits behind the first ones cleared.
    func prefix(_ bits: Int) -> IPAddress {
        IPAddress(high: high & Self.mask(bits), low: low & Self.mask(bits - 64))
    }

    private static func mask(_ bits: Int) -> UInt64 {
        bits <= 0 ? 0 : bits >= 64 ? .max : ~(.max >> UInt64(bits))
    }
}
