// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Takes a chunked body apart (RFC 9112 §7.1).
///
/// What one read brings of many chunks is one piece: a client that sends a byte a chunk does not cost an event each.
struct ChunkedBody {
    private enum Phase {
        case size
        case data(remaining: Int)
        case dataEnd
        case trailers
        case complete
    }

    private var phase = Phase.size
    private var extensionBytes = 0
    private var trailers = FieldSection()

    /// Takes what there is of the body from the input.
    ///
    /// - Parameter piece: gets the bytes that came, also when an error stands behind them.
    /// - Returns: whether the body is complete.
    mutating func decode(
        _ input: inout ByteBuffer, _ scanner: inout LineScanner, into piece: inout ByteBuffer,
        _ limits: ServerConfiguration.HTTPLimits
    ) throws(RequestRefusal) -> Bool {
        while true {
            switch phase {
            case .size:
                guard let head = try takeHead(&input, &scanner, limits) else { return false }
                phase = head.size == 0 ? .trailers : .data(remaining: head.size)
            case .data(let remaining):
                let count = min(remaining, input.readableBytes)
                guard count > 0, let bytes = input.readSlice(length: count) else { return false }
                Self.append(bytes, to: &piece, more: input.readableBytes)
                phase = count == remaining ? .dataEnd : .data(remaining: remaining - count)
            case .dataEnd:
                guard try takeDataEnd(&input) else { return false }
                phase = .size
            case .trailers:
                guard try takeTrailer(&input, &scanner, limits) else { return false }
            case .complete:
                return true
            }
        }
    }

    /// The first piece is not copied.
    private static func append(_ bytes: ByteBuffer, to piece: inout ByteBuffer, more: Int) {
        guard piece.readableBytes > 0 else {
            piece = bytes
            return
        }
        piece.reserveCapacity(minimumWritableBytes: bytes.readableBytes + more)
        piece.writeImmutableBuffer(bytes)
    }

    private mutating func takeHead(
        _ input: inout ByteBuffer, _ scanner: inout LineScanner, _ limits: ServerConfiguration.HTTPLimits
    ) throws(RequestRefusal) -> ChunkHead? {
        let extensionLimit = limits.chunkExtensionBytes - extensionBytes
        let (head, used) = try input.withUnsafeReadableBytes { bytes throws(RequestRefusal) in
            guard let line = try scanner.line(in: bytes, from: 0) else {
                // With nothing but a size and its line's end, 17 bytes come.
                guard bytes.count <= extensionLimit + 17 else { throw Self.tooManyExtensions(limits) }
                return (nil as ChunkHead?, 0)
            }
            return (try ChunkHead(line), line.count + 2)
        }
        guard let head else { return nil }
        guard head.extensionBytes <= extensionLimit else { throw Self.tooManyExtensions(limits) }
        extensionBytes += head.extensionBytes
        input.moveReaderIndex(forwardBy: used)
        return head
    }

    private static func tooManyExtensions(_ limits: ServerConfiguration.HTTPLimits) -> RequestRefusal {
        .malformed("the extensions of the chunks are longer than \(limits.chunkExtensionBytes) bytes")
    }

    private func takeDataEnd(_ input: inout ByteBuffer) throws(RequestRefusal) -> Bool {
        let first = input.getInteger(at: input.readerIndex, as: UInt8.self)
        let second = input.getInteger(at: input.readerIndex + 1, as: UInt8.self)
        guard first ?? 0x0D == 0x0D, second ?? 0x0A == 0x0A else {
            throw .malformed("a chunk is longer than its size")
        }
        guard second != nil else { return false }
        input.moveReaderIndex(forwardBy: 2)
        return true
    }

    /// Checks a trailer field and lets it go: applications do not get them. One that says how the request is to be read
    /// comes too late, and is refused (RFC 9110 §6.5.1).
    private mutating func takeTrailer(
        _ input: inout ByteBuffer, _ scanner: inout LineScanner, _ limits: ServerConfiguration.HTTPLimits
    ) throws(RequestRefusal) -> Bool {
        var trailers = trailers
        let used = try input.withUnsafeReadableBytes { bytes throws(RequestRefusal) in
            guard let line = try scanner.line(in: bytes, from: 0) else {
                try trailers.check(unfinished: bytes.count, limits)
                return 0
            }
            guard !line.isEmpty else { return 2 }
            try trailers.add(line, limits)
            let field = try FieldLine(line)
            guard KnownField.find(field.name)?.role ?? .ordinary == .ordinary else {
                throw .malformed("a trailer field belongs into the header")
            }
            return line.count + 2
        }
        self.trailers = trailers
        input.moveReaderIndex(forwardBy: used)
        if used == 2 { phase = .complete }
        return used > 0
    }
}
