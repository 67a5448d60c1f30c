// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore

/// Cuts `multipart/form-data` (RFC 7578, RFC 2046 §5.1) into parts, without I/O: bytes are fed in as they come, events are
/// taken out. Between the two it holds the head of one part or the beginning of one boundary, never a part's content.
struct MultipartParser: Sendable {
    enum Event: Sendable {
        /// A part begins; its content follows.
        case began(PartHead)
        /// A piece of its content, never empty.
        case content(ByteBuffer)
        /// It is complete.
        case ended
    }

    private enum State: Sendable { case preamble, boundaryEnd, head, content, contentEnd, epilogue }

    /// White space behind a boundary (RFC 2046 §5.1.1), in bytes. Nobody sends any.
    private static let paddingLimit = 64

    private let delimiter: [UInt8]
    private let headLimit: Int
    // A boundary follows a line break, and the first one is allowed to have none in front of it.
    private var buffer = ByteBuffer(string: "\r\n")
    private var state = State.preamble
    /// How much of `buffer` holds no end of the head.
    private var scanned = 0

    /// Whether the closing boundary was seen; what comes behind it is not looked at.
    var isComplete: Bool { state == .epilogue }

    /// - Parameter headLimit: The most bytes of one part's header fields.
    init(boundary: String, headLimit: Int) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.headLimit = headLimit
    }

    /// Adds bytes. The events of earlier ones must have been taken out before: nothing piles up then.
    mutating func feed(_ bytes: ByteBuffer) {
        guard !isComplete else { return }
        guard buffer.readableBytes > 0 else {
            buffer = bytes
            return
        }
        // A new buffer: pieces that were handed out still share the old one.
        var joined = ByteBufferAllocator().buffer(capacity: buffer.readableBytes + bytes.readableBytes)
        joined.writeImmutableBuffer(buffer)
        joined.writeImmutableBuffer(bytes)
        buffer = joined
    }

    /// The next event; nil when more bytes are needed for it.
    ///
    /// - Throws: 400 `bad_multipart`.
    mutating func next() throws(HTTPError) -> Event? {
        while true {
            switch state {
            case .preamble:
                guard takeContent().isLast else { return nil }
                state = .boundaryEnd
            case .boundaryEnd:
                guard try takeBoundaryEnd() else { return nil }
            case .head:
                guard let head = try takeHead() else { return nil }
                state = .content
                return .began(head)
            case .content:
                let (content, isLast) = takeContent()
                if isLast { state = .contentEnd }
                if content.readableBytes > 0 { return .content(content) }
                if !isLast { return nil }
            case .contentEnd:
                state = .boundaryEnd
                return .ended
            case .epilogue:
                return nil
            }
        }
    }

    /// Takes what is certain to stand in front of the next boundary, and the boundary itself when it is there.
    ///
    /// Linear in the bytes: a boundary has one carriage return, its first byte, so no byte is compared for two of them.
    private mutating func takeContent() -> (content: ByteBuffer, isLast: Bool) {
        let bytes = buffer.readableBytesView
        var next = bytes.startIndex
        while let mark = bytes[next...].firstIndex(of: UInt8(ascii: "\r")) {
            let rest = bytes[mark...]
            if rest.starts(with: delimiter) {
                let content = buffer.readSlice(length: mark - bytes.startIndex) ?? ByteBuffer()
                buffer.moveReaderIndex(forwardBy: delimiter.count)
                return (content, true)
            }
            if rest.count < delimiter.count, delimiter.starts(with: rest) {
                return (buffer.readSlice(length: mark - bytes.startIndex) ?? ByteBuffer(), false)
            }
            next = mark + 1
        }
        return (buffer.readSlice(length: buffer.readableBytes) ?? ByteBuffer(), false)
    }

    /// Takes what follows a boundary: `--` after the last part, else the end of the line. False when more is needed.
    private mutating func takeBoundaryEnd() throws(HTTPError) -> Bool {
        let bytes = buffer.readableBytesView
        let padding = bytes.prefix { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.count
        let rest = bytes.dropFirst(padding).prefix(2)
        guard padding <= Self.paddingLimit else { throw Self.malformed("too much white space behind a boundary") }
        if rest.elementsEqual("\r\n".utf8) {
            buffer.moveReaderIndex(forwardBy: padding + 2)
            state = .head
            return true
        }
        if padding == 0, rest.elementsEqual("--".utf8) {
            buffer = ByteBuffer()
            state = .epilogue
            return true
        }
        guard rest.isEmpty || rest.elementsEqual("\r".utf8) || (padding == 0 && rest.elementsEqual("-".utf8)) else {
            throw Self.malformed("something else stands behind a boundary")
        }
        return false
    }

    private mutating func takeHead() throws(HTTPError) -> PartHead? {
        let bytes = buffer.readableBytesView
        var next = bytes.startIndex + scanned
        while let end = bytes[next...].firstIndex(of: UInt8(ascii: "\n")) {
            let count = end - bytes.startIndex + 1
            guard count <= headLimit else { break }
            if count >= 4, bytes[(end - 3)...end].elementsEqual("\r\n\r\n".utf8) {
                let head = bytes[..<(end - 1)]
                buffer.moveReaderIndex(forwardBy: count)
                scanned = 0
                return try PartHead(parsing: head)
            }
            next = end + 1
        }
        scanned = bytes.count
        guard scanned <= headLimit else { throw Self.malformed("a part's header is over \(headLimit) bytes") }
        return nil
    }

    static func malformed(_ description: String) -> HTTPError {
        HTTPError(.badRequest, code: "bad_multipart", "multipart/form-data: " + description)
    }
}
