// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Whom a connection is counted for: an IPv4 address, or an IPv6 network of 64 bits, which is what one client has.
struct AddressKey: Hashable {
    private let isIPv6: Bool
    private let bits: UInt64

    /// - Returns: `nil` for a unix socket's client, who has no address.
    init?(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            isIPv6 = false
            // `sin_addr` lies 4 bytes into the structure, `sin6_addr` 8: C's names for them are not NIO's to give.
            bits = withUnsafeBytes(of: address.address) { UInt64($0.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) }
        case .v6(let address):
            let (network, host) = withUnsafeBytes(of: address.address) { bytes in
                (
                    bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                )
            }
            // ::ffff:1.2.3.4 is an IPv4 client of a listener for both.
            let isMapped = network == 0 && host >> 32 == 0xFFFF
            isIPv6 = !isMapped
            bits = isMapped ? UInt64(UInt32(truncatingIfNeeded: host).bigEndian) : network
        case .unixDomainSocket, nil:
            return nil
        }
    }
}
