// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

/// Frames that end the connection, with the code that the section of RFC 9113 or RFC 7541 asks for.
struct ConnectionErrorCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: UInt32
    let frames: @Sendable (FrameClient) throws -> [Frame]

    init(_ name: String, _ code: UInt32, _ frames: @escaping @Sendable (FrameClient) throws -> [Frame]) {
        testDescription = name
        self.code = code
        self.frames = frames
    }

    private static let post = FrameClient.request("POST", "/held")

    static let all: [ConnectionErrorCase] = framing + states + control + windows + continuation + compression

    private static let framing: [ConnectionErrorCase] = [
        .init("§4.2 HEADERS over the frame size", ErrorCode.frameSizeError) { _ in
            [Frame(.headers, Frame.endHeaders, stream: 1, ByteBuffer(repeating: 0, count: 16_385))]
        },
        .init("§4.3 a PRIORITY within a header block", ErrorCode.protocolError) { client in
            [
                Frame(.headers, Frame.endStream, stream: 1, try client.block(FrameClient.request())),
                Frame(.priority, stream: 1, bytes: [0, 0, 0, 0, 16]),
            ]
        },
        .init("§4.3 an unknown frame within a header block", ErrorCode.protocolError) { client in
            [
                Frame(.headers, Frame.endStream, stream: 1, try client.block(FrameClient.request())),
                Frame(type: 0x16, stream: 1),
            ]
        },
    ]

    private static let states: [ConnectionErrorCase] = [
        .init("§5.1 DATA on an idle stream", ErrorCode.protocolError) { _ in [Frame(.data, stream: 1, bytes: [1])] },
        .init("§5.1 RST_STREAM on an idle stream", ErrorCode.protocolError) { _ in [.reset(1)] },
        .init("§5.1 WINDOW_UPDATE on an idle stream", ErrorCode.protocolError) { _ in [.windowUpdate(1, stream: 1)] },
        .init("§5.1 HEADERS on a half-closed stream", ErrorCode.streamClosed) { client in
            [
                try client.headers(1, FrameClient.request("GET", "/held")),
                try client.headers(1, [("x", "y")]),
            ]
        },
        .init("§5.1 HEADERS on a stream that the client has reset", ErrorCode.streamClosed) { client in
            [try client.headers(1, post, ends: false), .reset(1), try client.headers(1)]
        },
        .init("§5.1.1 an even stream", ErrorCode.protocolError) { [try $0.headers(2)] },
        .init("§5.1.1 a stream below the last one", ErrorCode.protocolError) {
            [try $0.headers(5), try $0.headers(3)]
        },
    ]

    private static let control: [ConnectionErrorCase] = [
        .init("§6.1 DATA on stream 0", ErrorCode.protocolError) { _ in [Frame(.data, bytes: [1])] },
        .init("§6.1 padding longer than DATA", ErrorCode.protocolError) { client in
            [try client.headers(1, post, ends: false), Frame(.data, Frame.padded, stream: 1, bytes: [6, 1, 2, 3])]
        },
        .init("§6.2 HEADERS on stream 0", ErrorCode.protocolError) { [try $0.headers(0)] },
        .init("§6.2 padding longer than HEADERS", ErrorCode.protocolError) { _ in
            [Frame(.headers, Frame.padded | Frame.endHeaders, stream: 1, bytes: [9, 0x82])]
        },
        .init("§6.3 PRIORITY on stream 0", ErrorCode.protocolError) { _ in
            [Frame(.priority, bytes: [0, 0, 0, 0, 16])]
        },
        .init("§6.4 RST_STREAM on stream 0", ErrorCode.protocolError) { _ in [.reset(0)] },
        .init("§6.4 RST_STREAM of three bytes", ErrorCode.frameSizeError) { client in
            [try client.headers(1, post, ends: false), Frame(.resetStream, stream: 1, bytes: [0, 0, 0])]
        },
        .init("§6.5 SETTINGS on a stream", ErrorCode.protocolError) { _ in [Frame(.settings, stream: 1)] },
        .init("§6.5 an acknowledgement with settings", ErrorCode.frameSizeError) { _ in
            [Frame(.settings, Frame.acknowledgement, bytes: [0, 1, 0, 0, 0, 0])]
        },
        .init("§6.5 SETTINGS of three bytes", ErrorCode.frameSizeError) { _ in [Frame(.settings, bytes: [0, 1, 0])] },
        .init("§6.5.2 ENABLE_PUSH 2", ErrorCode.protocolError) { _ in [.settings([(2, 2)])] },
        .init("§6.5.2 MAX_FRAME_SIZE below 2^14", ErrorCode.protocolError) { _ in [.settings([(5, 16_383)])] },
        .init("§6.5.2 MAX_FRAME_SIZE over 2^24-1", ErrorCode.protocolError) { _ in [.settings([(5, 1 << 24)])] },
        .init("§6.6 PUSH_PROMISE of a client", ErrorCode.protocolError) { client in
            [
                try client.headers(1, post, ends: false),
                Frame(.pushPromise, Frame.endHeaders, stream: 1, bytes: [0, 0, 0, 2, 0x82]),
            ]
        },
        .init("§6.7 PING on a stream", ErrorCode.protocolError) { _ in
            [Frame(.ping, stream: 1, ByteBuffer(integer: UInt64(0)))]
        },
        .init("§6.7 PING of six bytes", ErrorCode.frameSizeError) { _ in [Frame(.ping, bytes: [1, 2, 3, 4, 5, 6])] },
        .init("§6.8 GOAWAY on a stream", ErrorCode.protocolError) { _ in
            [Frame(.goAway, stream: 1, ByteBuffer(integer: UInt64(0)))]
        },
    ]

    private static let windows: [ConnectionErrorCase] = [
        .init("§6.5.2 INITIAL_WINDOW_SIZE over 2^31-1", ErrorCode.flowControlError) { _ in [.settings([(4, 1 << 31)])]
        },
        .init("§6.9 WINDOW_UPDATE of three bytes", ErrorCode.frameSizeError) { _ in
            [Frame(.windowUpdate, bytes: [0, 0, 0])]
        },
        .init("§6.9 WINDOW_UPDATE by 0", ErrorCode.protocolError) { _ in [.windowUpdate(0)] },
        .init("§6.9.1 a connection's window over 2^31-1", ErrorCode.flowControlError) { _ in
            [.windowUpdate(UInt32(Int32.max)), .windowUpdate(UInt32(Int32.max))]
        },
    ]

    private static let continuation: [ConnectionErrorCase] = [
        .init("§6.10 CONTINUATION without HEADERS", ErrorCode.protocolError) { client in
            [
                try client.headers(1, post, ends: false),
                Frame(.continuation, Frame.endHeaders, stream: 1, bytes: [0x82]),
            ]
        },
        .init("§6.10 CONTINUATION of another stream", ErrorCode.protocolError) { client in
            [
                Frame(.headers, 0, stream: 1, try client.block(FrameClient.request())),
                Frame(.continuation, Frame.endHeaders, stream: 3),
            ]
        },
        .init("§6.10 CONTINUATION on stream 0", ErrorCode.protocolError) { client in
            [
                Frame(.headers, 0, stream: 1, try client.block(FrameClient.request())),
                Frame(.continuation, Frame.endHeaders, stream: 0),
            ]
        },
    ]

    private static let compression: [ConnectionErrorCase] = [
        ("§2.3.3 an index out of range", [0xFF, 0x80, 0x80, 0x01]), ("§6.1 the index 0", [0x80]),
        ("§4.2 a table size update behind a field", [0x21]), ("§5.2 a literal that is cut off", [0, 5, 97, 98]),
        ("§5.2 padding of more than 7 bits", [0, 0x85, 0xF2, 0xB2, 0x4A, 0x84, 0xFF, 0x84, 0x49, 0x50, 0x9F, 0xFF]),
        ("§5.2 padding of zeros", [0, 0x85, 0xF2, 0xB2, 0x4A, 0x84, 0xFF, 0x83, 0x49, 0x50, 0x90]),
        (
            "§5.2 the end of the string as a symbol",
            [0, 0x85, 0xF2, 0xB2, 0x4A, 0x84, 0xFF, 0x87, 0x49, 0x51, 0xFF, 0xFF, 0xFF, 0xFA, 0x7F]
        ),
    ].map { (name: String, bytes: [UInt8]) in
        ConnectionErrorCase("RFC 7541 \(name)", ErrorCode.compressionError) { client in
            var block = try client.block(FrameClient.request())
            block.writeBytes(bytes)
            return [Frame(.headers, Frame.endHeaders | Frame.endStream, stream: 1, block)]
        }
    }
}

@Suite("RFC 9113: errors of the connection", .timeLimit(.minutes(1)))
struct HTTP2ConnectionErrorTests {
    @Test("the connection ends with GOAWAY", arguments: ConnectionErrorCase.all)
    func ends(example: ConnectionErrorCase) async throws {
        let router = http { scope, receive, send in
            if scope.path == "/held" { while case .request = try await receive() {} }
            try await send.respond("done")
        }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(example.frames(client))
            #expect(try await client.goAway().code == example.code)
            try await client.end()
            try await eventually("the end") { !server.host.isBusy }
        }
    }

    @Test("§3.4 what does not begin with SETTINGS ends", arguments: [true, false])
    func preface(isWhole: Bool) async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(raw: server)
            if isWhole { try await client.send(ByteBuffer(string: FrameClient.preface)) }
            try await client.send(Frame(.ping, ByteBuffer(integer: UInt64(1))))
            try await client.end()
        }
    }

    @Test("§3.4 a preface in pieces is understood")
    func piecewise() async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(raw: server)
            for byte in (FrameClient.preface + String(buffer: Frame.settings([]).bytes)).utf8 {
                try await client.send(ByteBuffer(bytes: [byte]))
            }
            try await client.ping()
        }
    }

    @Test("§6.8 GOAWAY names the last stream")
    func lastStream() async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(7))
            #expect(try await client.response(7).status == "200")
            try await client.send(Frame(.ping, bytes: [1]))
            #expect(try await client.goAway() == (7, ErrorCode.frameSizeError))
        }
    }

    @Test("§4.1, §5.5, §6.7 what is unknown is passed over")
    func unknown() async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(server)
            try await client.send(
                Frame(type: 0xEE, 0xFF, stream: 9, ByteBuffer(string: "what")),
                .settings([(0xFF, 1)]),
                Frame(.ping, Frame.acknowledgement, ByteBuffer(integer: UInt64(7))),
                try client.headers(1), .reset(1, 0xFFFF), try client.headers(3))
            #expect(try await client.response(3).text == "GET / ")
        }
    }
}
#endif
