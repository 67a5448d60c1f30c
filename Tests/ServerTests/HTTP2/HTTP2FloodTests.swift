// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

/// What a client may not do for ever: frames of one turn, sent again and again.
struct FloodCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Sent once, then the frames of each turn.
    let start: @Sendable (FrameClient) throws -> [Frame]
    let turn: @Sendable (FrameClient, UInt32) throws -> [Frame]

    init(
        _ name: String, start: @escaping @Sendable (FrameClient) throws -> [Frame] = { _ in [] },
        turn: @escaping @Sendable (FrameClient, UInt32) throws -> [Frame]
    ) {
        testDescription = name
        self.start = start
        self.turn = turn
    }

    private static let post: @Sendable (FrameClient) throws -> [Frame] = {
        [try $0.headers(1, FrameClient.request("POST"), ends: false)]
    }

    static let all: [FloodCase] = [
        .init("PING") { _, _ in [Frame(.ping, ByteBuffer(integer: UInt64(0)))] },
        .init("SETTINGS") { _, _ in [.settings([])] },
        .init("PRIORITY") { _, turn in [Frame(.priority, stream: 2 * turn + 1, bytes: [0, 0, 0, 0, 16])] },
        .init("WINDOW_UPDATE") { _, _ in [.windowUpdate(1)] },
        .init("frames of unknown types") { _, _ in [Frame(type: 0x42)] },
        .init("empty DATA", start: post) { _, _ in [Frame(.data, stream: 1)] },
        .init("DATA of nothing but padding", start: post) { _, _ in [Frame(.data, Frame.padded, stream: 1, bytes: [0])]
        },
        .init("DATA of one byte that nobody reads", start: post) { _, _ in [Frame(.data, stream: 1, bytes: [1])] },
        .init(
            "CONTINUATION (CVE-2024-27316)",
            start: { [Frame(.headers, stream: 1, try $0.block(FrameClient.request()))] },
            turn: { _, _ in [Frame(.continuation, stream: 1)] }),
        .init("rapid reset (CVE-2023-44487)") { client, turn in
            [try client.headers(2 * turn + 1), .reset(2 * turn + 1)]
        },
        .init("resets that the server is made to send (CVE-2025-8671)") { client, turn in
            [
                try client.headers(2 * turn + 1, FrameClient.request("POST"), ends: false),
                .windowUpdate(0, stream: 2 * turn + 1),
            ]
        },
        .init("requests that are none") { client, turn in
            [try client.headers(2 * turn + 1, FrameClient.request("GET", ""))]
        },
    ]
}

@Suite("RFC 9113 §10.5: floods", .timeLimit(.minutes(1)))
struct HTTP2FloodTests {
    @Test("are answered with ENHANCE_YOUR_CALM and the end", arguments: FloodCase.all)
    func flood(example: FloodCase) async throws {
        var configuration = ServerConfiguration.http2()
        configuration.applicationCloseTimeout = 1
        configuration.http2.controlFrames = 20
        configuration.http2.emptyDataFrames = 20
        configuration.http2.idleFrames = 100
        configuration.http2.unreadFrames = 100
        let router = http { _, receive, _ in try await Gate().wait() }
        try await withHTTP2Server(router, configuration) { server in
            let client = try await FrameClient(server)
            var frames = try example.start(client)
            for turn: UInt32 in 0..<120 { frames += try example.turn(client, turn) }
            // Sent as one: the server may close before the last of them is read.
            try await client.send(frames)
            #expect(try await client.goAway().code == ErrorCode.enhanceYourCalm)
            try await client.end()
            try await eventually("the end") { !server.host.isBusy }
        }
    }

    @Test("what a browser does is none")
    func browser() async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(server)
            for turn: UInt32 in 0..<200 {
                let stream = 2 * turn + 1
                try await client.send(
                    client.headers(stream), Frame(type: 0x10, stream: 0, ByteBuffer(integer: UInt64(stream))),
                    .windowUpdate(100), .windowUpdate(100, stream: stream))
                #expect(try await client.response(stream).status == "200")
            }
            try await client.ping()
        }
    }
}
#endif
