// SPDX-License-Identifier: Apache-2.0

/// A version of the protocol. The raw value is the number on the wire (`tls_version` of ASGI's TLS extension).
public enum TLSVersion: UInt16, Sendable, Comparable, CustomStringConvertible {
    /// TLS 1.2 (RFC 5246).
    case tls12 = 0x0303
    /// TLS 1.3 (RFC 8446).
    case tls13 = 0x0304

    /// An older version is less than a newer one.
    public static func < (left: TLSVersion, right: TLSVersion) -> Bool { left.rawValue < right.rawValue }

    /// `TLS 1.2` or `TLS 1.3`.
    public var description: String { self == .tls12 ? "TLS 1.2" : "TLS 1.3" }
}
