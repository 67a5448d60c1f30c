// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import NIOCore
import NIOHPACK
import SluiceCore
import SluiceTesting

/// A frame as it goes over the wire, right or wrong (RFC 9113 §4.1).
struct Frame: Sendable {
    enum Kind: UInt8 {
        case data, headers, priority, resetStream, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    static let endStream: UInt8 = 0x1
    static let acknowledgement: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8
    static let priority: UInt8 = 0x20

    var type: UInt8
    var flags: UInt8
    var stream: UInt32
    var payload: ByteBuffer

    init(_ kind: Kind, _ flags: UInt8 = 0, stream: UInt32 = 0, _ payload: ByteBuffer = ByteBuffer()) {
        self.init(type: kind.rawValue, flags, stream: stream, payload)
    }

    init(type: UInt8, _ flags: UInt8 = 0, stream: UInt32 = 0, _ payload: ByteBuffer = ByteBuffer()) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    init(_ kind: Kind, _ flags: UInt8 = 0, stream: UInt32 = 0, bytes: [UInt8]) {
        self.init(kind, flags, stream: stream, ByteBuffer(bytes: bytes))
    }

    init(_ kind: Kind, _ payload: ByteBuffer) {
        self.init(kind, 0, stream: 0, payload)
    }

    static func windowUpdate(_ increment: UInt32, stream: UInt32 = 0) -> Frame {
        Frame(.windowUpdate, stream: stream, ByteBuffer(integer: increment))
    }

    static func settings(_ values: [(UInt16, UInt32)]) -> Frame {
        var payload = ByteBuffer()
        for (name, value) in values { payload.writeMultipleIntegers(name, value) }
        return Frame(.settings, payload)
    }

    static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> Frame {
        Frame(.resetStream, stream: stream, ByteBuffer(integer: code))
    }

    var kind: Kind? { Kind(rawValue: type) }
    var endsStream: Bool { flags & Self.endStream != 0 }

    var bytes: ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(UInt32(payload.readableBytes) << 8 | UInt32(type), flags, stream)
        bytes.writeImmutableBuffer(payload)
        return bytes
    }
}

/// A client that says exactly what a test wants it to say. Only one task uses it.
final class FrameClient {
    static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    let connection: ClientConnection
    private var unread = ByteBuffer()
    private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
    private(set) var settings: [UInt16: UInt32] = [:]

    /// Opens a connection and exchanges settings.
    convenience init(_ server: LiveServer, settings: [(UInt16, UInt32)] = []) async throws {
        try await self.init(try await server.connect(), settings: settings)
    }

    /// Exchanges settings.
    init(_ connection: ClientConnection, settings: [(UInt16, UInt32)] = []) async throws {
        self.connection = connection
        try await send(ByteBuffer(string: Self.preface), Frame.settings(settings).bytes)
        var isAcknowledged = false
        while self.settings.isEmpty || !isAcknowledged {
            let frame = try await next()
            guard frame.kind == .settings else { continue }
            if frame.flags & Frame.acknowledgement != 0 {
                isAcknowledged = true
            } else {
                var payload = frame.payload
                while let (name, value) = payload.readMultipleIntegers(as: (UInt16, UInt32).self) {
                    self.settings[name] = value
                }
            }
        }
        try await send(Frame(.settings, Frame.acknowledgement))
    }

    /// Only connects.
    init(raw server: LiveServer) async throws {
        connection = try await server.connect()
    }

    func send(_ frames: Frame...) async throws {
        try await send(frames)
    }

    func send(_ frames: [Frame]) async throws {
        var bytes = ByteBuffer()
        for frame in frames { bytes.writeImmutableBuffer(frame.bytes) }
        try await connection.write(bytes)
    }

    func send(_ bytes: ByteBuffer...) async throws {
        for bytes in bytes { try await connection.write(bytes) }
    }

    /// The next frame of the server.
    func next() async throws -> Frame {
        while true {
            if let frame = parse() { return frame }
            guard case .bytes(var bytes) = try await connection.receive() else { throw Ended() }
            unread.writeBuffer(&bytes)
        }
    }

    struct Ended: Error {}

    private func parse() -> Frame? {
        var rest = unread
        guard let (word, flags, stream) = rest.readMultipleIntegers(as: (UInt32, UInt8, UInt32).self),
            let payload = rest.readSlice(length: Int(word >> 8))
        else { return nil }
        unread = rest
        return Frame(type: UInt8(truncatingIfNeeded: word), flags, stream: stream, payload)
    }

    // MARK: Requests

    static func request(
        _ method: String = "GET", _ path: String = "/", _ fields: [(String, String)] = []
    ) -> [(String, String)] {
        [(":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost")] + fields
    }

    /// A header block; blocks must be sent in the order in which they are made.
    func block(_ fields: [(String, String)]) throws -> ByteBuffer {
        var bytes = ByteBuffer()
        try encoder.encode(headers: HPACKHeaders(fields), to: &bytes)
        return bytes
    }

    func headers(
        _ stream: UInt32, _ fields: [(String, String)] = request(), ends: Bool = true
    ) throws -> Frame {
        Frame(.headers, Frame.endHeaders | (ends ? Frame.endStream : 0), stream: stream, try block(fields))
    }

    /// A field that no encoder would write: literal, without Huffman code, not indexed.
    static func literal(_ name: String, _ value: String) -> [UInt8] {
        [0, UInt8(name.utf8.count)] + name.utf8 + [UInt8(value.utf8.count)] + value.utf8
    }

    // MARK: Answers

    struct Response {
        var fields: [(String, String)] = []
        var body = ByteBuffer()
        var trailers: [(String, String)] = []
        var informational: [String] = []

        var status: String? { self["status"] }

        subscript(name: String) -> String? {
            fields.first { $0.0 == name || $0.0 == ":\(name)" }?.1
        }

        var text: String { String(buffer: body) }
    }

    func decode(_ block: ByteBuffer) throws -> [(String, String)] {
        var block = block
        return try decoder.decodeHeaders(from: &block).map { ($0.name, $0.value) }
    }

    /// Reads until a stream has ended, and opens the windows again for what it brings.
    func response(_ stream: UInt32) async throws -> Response {
        var response = Response()
        while true {
            let frame = try await next()
            if frame.kind == .headers {
                let fields = try decode(frame.payload)
                guard frame.stream == stream else { continue }
                if let status = fields.first(where: { $0.0 == ":status" })?.1 {
                    if status.hasPrefix("1") { response.informational.append(status) } else { response.fields = fields }
                } else {
                    response.trailers = fields
                }
            } else if frame.kind == .data, frame.stream == stream {
                response.body.writeImmutableBuffer(frame.payload)
                let count = UInt32(frame.payload.readableBytes)
                if count > 0, !frame.endsStream {
                    try await send(.windowUpdate(count), .windowUpdate(count, stream: stream))
                }
            } else if frame.kind == .resetStream || frame.kind == .goAway {
                throw UnexpectedFrame(frame: frame)
            }
            if frame.stream == stream, frame.kind == .data || frame.kind == .headers, frame.endsStream {
                return response
            }
        }
    }

    struct UnexpectedFrame: Error { let frame: Frame }

    /// Reads until the server resets a stream.
    ///
    /// - Returns: the error code.
    func reset(_ stream: UInt32) async throws -> UInt32? {
        while true {
            let frame = try await next()
            if frame.kind == .headers { _ = try decode(frame.payload) }
            if frame.kind == .goAway { throw UnexpectedFrame(frame: frame) }
            if frame.kind == .resetStream, frame.stream == stream { return frame.payload.getInteger(at: 0) }
        }
    }

    /// Reads until the server says that the connection ends.
    ///
    /// - Returns: the last stream and the error code.
    func goAway() async throws -> (last: UInt32, code: UInt32) {
        while true {
            let frame = try await next()
            guard frame.kind == .goAway else { continue }
            var payload = frame.payload
            return payload.readMultipleIntegers(as: (UInt32, UInt32).self).map { ($0, $1) } ?? (0, .max)
        }
    }

    /// Reads until the server has closed the connection.
    func end() async throws {
        do {
            while true { _ = try await next() }
        } catch is Ended {}
    }

    /// Shows that the connection is alive.
    func ping(_ data: UInt64 = 42) async throws {
        try await send(Frame(.ping, ByteBuffer(integer: data)))
        while true {
            let frame = try await next()
            if frame.kind == .headers { _ = try decode(frame.payload) }
            if frame.kind == .goAway || frame.kind == .resetStream { throw UnexpectedFrame(frame: frame) }
            if frame.kind == .ping, frame.flags & Frame.acknowledgement != 0, frame.payload.getInteger(at: 0) == data {
                return
            }
        }
    }
}
#endif
