// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Turns the bytes of a connection into requests (RFC 9112), without I/O.
///
/// It takes what is valid and refuses everything else: bytes that two parsers could read in two ways are how a request
/// is smuggled past a proxy (RFC 9112 §11.2). Heads are read in place, body pieces are slices of what came, and no byte
/// is scanned twice however the bytes are cut. Behind the first error it gives nothing but this error.
struct RequestDecoder {
    /// What a request comes in: its head, then pieces of a body if the head announces one.
    enum Event {
        case head(RequestHead)
        /// A piece of the body; the last one may be empty.
        case body(ByteBuffer, isLast: Bool)
    }

    private enum State {
        case head
        case length(remaining: Int)
        case chunked(ChunkedBody)
        indirect case failed(RequestRefusal)
    }

    /// A head of which not everything is there: rare, so it takes no room in every connection.
    private final class PartialHead {
        var parser: RequestHeadParser

        init(_ parser: RequestHeadParser) {
            self.parser = parser
        }
    }

    private var input = ByteBuffer()
    private var scanner = LineScanner()
    private var state = State.head
    private var partial: PartialHead?

    /// Bytes that wait to be decoded.
    var unreadBytes: Int { input.readableBytes }

    /// Whether a request's head has begun and not ended.
    var isInHead: Bool {
        guard case .head = state else { return false }
        return partial != nil || input.readableBytes > 0
    }

    /// Takes bytes that came.
    mutating func feed(_ bytes: ByteBuffer) {
        guard input.readableBytes > 0 else {
            input = bytes
            return
        }
        // Of a body that comes a few bytes at a time the consumed ones must not pile up.
        if input.readerIndex > 4 << 10 { input.discardReadBytes() }
        input.writeImmutableBuffer(bytes)
    }

    /// What was not decoded: the next protocol's, when the connection changes to another one.
    mutating func takeRest() -> ByteBuffer {
        defer { input = ByteBuffer() }
        return input
    }

    /// The next event; `nil` when more bytes are needed.
    ///
    /// - Throws: why the connection cannot go on; with every call from then on.
    mutating func next(_ limits: ServerConfiguration.HTTPLimits) throws(RequestRefusal) -> Event? {
        do throws(RequestRefusal) {
            switch state {
            case .head: return try nextHead(limits).map { .head($0) }
            case .length(let remaining): return nextPiece(remaining)
            case .chunked(let body): return try nextChunks(body, limits)
            case .failed(let refusal): throw refusal
            }
        } catch {
            fail(error)
            throw error
        }
    }

    private mutating func fail(_ refusal: RequestRefusal) {
        if case .failed = state { return }
        state = .failed(refusal)
        partial = nil
        input = ByteBuffer()
    }

    private mutating func nextHead(_ limits: ServerConfiguration.HTTPLimits) throws(RequestRefusal) -> RequestHead? {
        guard input.readableBytes > 0 else { return nil }
        var (parser, scanner) = (partial?.parser ?? RequestHeadParser(), scanner)
        var head: RequestHead?
        let used = try input.withUnsafeReadableBytes { bytes throws(RequestRefusal) in
            var used = 0
            while head == nil {
                guard let line = try scanner.line(in: bytes, from: used) else {
                    try parser.check(unfinished: bytes.part(used..<bytes.count), limits)
                    break
                }
                head = try parser.take(line, limits)
                used += line.count + 2
            }
            return used
        }
        self.scanner = scanner
        skip(used)
        guard let head else {
            keep(parser)
            return nil
        }
        partial = nil
        switch head.framing {
        case .none: break
        case .length(let length): state = .length(remaining: length)
        case .chunked: state = .chunked(ChunkedBody())
        }
        return head
    }

    private mutating func keep(_ parser: RequestHeadParser) {
        if let partial {
            partial.parser = parser
        } else if !parser.isEmpty {
            // An unfinished first line is in the input alone.
            partial = PartialHead(parser)
        }
    }

    private mutating func nextPiece(_ remaining: Int) -> Event? {
        let count = min(remaining, input.readableBytes)
        guard count > 0, let piece = input.readSlice(length: count) else { return nil }
        skip(0)
        state = count == remaining ? .head : .length(remaining: remaining - count)
        return .body(piece, isLast: count == remaining)
    }

    private mutating func nextChunks(
        _ body: ChunkedBody, _ limits: ServerConfiguration.HTTPLimits
    ) throws(RequestRefusal) -> Event? {
        var (body, piece) = (body, ByteBuffer())
        do throws(RequestRefusal) {
            let isComplete = try body.decode(&input, &scanner, into: &piece, limits)
            skip(0)
            state = isComplete ? .head : .chunked(body)
            return isComplete || piece.readableBytes > 0 ? .body(piece, isLast: isComplete) : nil
        } catch {
            fail(error)
            guard piece.readableBytes > 0 else { throw error }
            return .body(piece, isLast: false)
        }
    }

    /// Lets go of bytes that were read, and of the memory that the channel read them into.
    private mutating func skip(_ count: Int) {
        input.moveReaderIndex(forwardBy: count)
        if input.readableBytes == 0 { input = ByteBuffer() }
    }
}
