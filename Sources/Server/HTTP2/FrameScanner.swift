// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import NIOCore

/// The nine bytes in front of every frame (RFC 9113 §4.1).
struct FrameHeader: Equatable {
    /// The types that are looked at (RFC 9113 §6).
    enum Kind: UInt8 {
        case data, headers, priority, resetStream, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    static let byteCount = 9

    var length: Int
    var type: UInt8
    var flags: UInt8
    /// Without the reserved bit.
    var streamID: Int32

    var kind: Kind? { Kind(rawValue: type) }
    /// END_STREAM of DATA and HEADERS.
    var endsStream: Bool { flags & 0x1 != 0 }
    /// ACK of SETTINGS and PING.
    var isAcknowledgement: Bool { flags & 0x1 != 0 }
    /// END_HEADERS of HEADERS and CONTINUATION.
    var endsHeaders: Bool { flags & 0x4 != 0 }
    /// PADDED of DATA and HEADERS.
    var isPadded: Bool { flags & 0x8 != 0 }
}

/// Finds the frames in one direction of a connection, however the bytes are cut. Looks at frame headers only.
struct FrameScanner {
    /// Bytes that are passed over before the next frame header.
    private var skipped: Int
    private var partial = ByteBuffer()

    /// - Parameter prefix: bytes in front of the first frame: the client's preface has 24.
    init(skipping prefix: Int = 0) {
        skipped = prefix
    }

    /// Whether the bytes so far end between two frames.
    var isBetweenFrames: Bool { skipped == 0 && partial.readableBytes == 0 }

    /// The next frame header that is complete, read from `bytes`; `nil` when they are used up.
    mutating func next(in bytes: inout ByteBuffer) -> FrameHeader? {
        if skipped > 0 {
            let count = min(skipped, bytes.readableBytes)
            bytes.moveReaderIndex(forwardBy: count)
            skipped -= count
            if skipped > 0 { return nil }
        }
        if partial.readableBytes == 0, let header = bytes.readFrameHeader() { return begin(header) }
        let missing = FrameHeader.byteCount - partial.readableBytes
        guard var rest = bytes.readSlice(length: min(missing, bytes.readableBytes)) else { return nil }
        partial.writeBuffer(&rest)
        guard let header = partial.readFrameHeader() else { return nil }
        partial = ByteBuffer()
        return begin(header)
    }

    private mutating func begin(_ header: FrameHeader) -> FrameHeader {
        skipped = header.length
        return header
    }
}

extension ByteBuffer {
    /// The frame header at the reader index, if all of it is there.
    mutating func readFrameHeader() -> FrameHeader? {
        guard readableBytes >= FrameHeader.byteCount,
            let (word, flags, stream) = readMultipleIntegers(as: (UInt32, UInt8, UInt32).self)
        else { return nil }
        return FrameHeader(
            length: Int(word >> 8), type: UInt8(truncatingIfNeeded: word), flags: flags,
            streamID: Int32(truncatingIfNeeded: stream & 0x7FFF_FFFF))
    }
}
#endif
