// SPDX-License-Identifier: Apache-2.0

/// The three header bits that are 0 unless a negotiated extension gives them a meaning (RFC 6455 §5.2).
public struct ReservedBits: OptionSet, Hashable, Sendable {
    /// The bits at their place in the first byte of a frame: 0x40, 0x20, 0x10.
    public let rawValue: UInt8

    /// Bits outside 0x70 are dropped.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue & 0x70
    }

    /// RSV1, which permessage-deflate sets on the first frame of a compressed message (RFC 7692 §6).
    public static let rsv1 = ReservedBits(rawValue: 0x40)
    /// RSV2, which no registered extension uses.
    public static let rsv2 = ReservedBits(rawValue: 0x20)
    /// RSV3, which no registered extension uses.
    public static let rsv3 = ReservedBits(rawValue: 0x10)
}
