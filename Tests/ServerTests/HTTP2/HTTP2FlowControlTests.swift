// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

@Suite("RFC 9113 §5.2, §6.9: flow control", .timeLimit(.minutes(1)))
struct HTTP2FlowControlTests {
    @Test("§6.9.1 a response goes as far as its window")
    func window() async throws {
        try await withHTTP2Server(http { _, _, send in try await send.respond("hello") }) { server in
            let client = try await FrameClient(server, settings: [(4, 3)])
            try await client.send(client.headers(1))
            #expect(try await data(client) == "hel")
            // §6.9.2: the window is now -1, so that one byte more does not open it.
            try await client.send(.settings([(4, 2)]), .windowUpdate(1, stream: 1))
            try await client.ping()
            try await client.send(.windowUpdate(1, stream: 1))
            #expect(try await data(client) == "l")
            try await client.send(.settings([(4, 10)]))
            #expect(try await data(client) == "o")
        }
    }

    private func data(_ client: FrameClient) async throws -> String {
        while true {
            let frame = try await client.next()
            if frame.kind == .data { return String(buffer: frame.payload) }
        }
    }

    @Test("§6.9.1 windows over 2^31-1 are FLOW_CONTROL_ERROR")
    func overflow() async throws {
        try await withHTTP2Server { server in
            let client = try await FrameClient(server)
            try await client.send(
                client.headers(1, FrameClient.request("POST"), ends: false),
                .windowUpdate(UInt32(Int32.max), stream: 1))
            #expect(try await client.reset(1) == ErrorCode.flowControlError)
            try await client.send(
                client.headers(3, FrameClient.request("POST"), ends: false), .windowUpdate(0, stream: 3))
            #expect(try await client.reset(3) == ErrorCode.protocolError)
            try await client.ping()
        }
    }

    @Test("a sender waits for a client that does not read, within the budget of the connection")
    func sender() async throws {
        let sent = Counter()
        var configuration = ServerConfiguration.http2()
        configuration.outboxBytes = 100_000
        let router = http { scope, _, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            for _ in 0..<50 {
                try await send(.responseBody(ByteBuffer(repeating: 0, count: 10_000), moreBody: true))
                sent.add(10_000)
            }
            try await send(.responseBody(ByteBuffer(), moreBody: false))
        }
        try await withHTTP2Server(router, configuration) { server in
            let client = try await FrameClient(server, settings: [(4, 0)])
            try await client.send(client.headers(1), client.headers(3))
            try await eventually("the first is full") { sent.value >= 110_000 }
            try await client.ping()
            // One piece passes whatever its size; the second stream has a share of its own.
            #expect(sent.value <= 100_000 + 10_000 + 16_384 + 10_000)
            try await client.send(.settings([(4, 1 << 20)]), .windowUpdate(1 << 20))
            #expect(try await client.response(1).body.readableBytes == 500_000)
        }
    }

    @Test("a body that the application does not take keeps its window shut")
    func receiver() async throws {
        let (gate, taken) = (Gate(), Counter())
        let router = http { _, receive, send in
            try await gate.wait()
            while case .request(let body, true) = try await receive() { taken.add(body.readableBytes) }
            try await send.respond("\(taken.value)")
        }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1, FrameClient.request("POST"), ends: false))
            for _ in 0..<3 {
                try await client.send(Frame(.data, stream: 1, ByteBuffer(repeating: 1, count: 16_384)))
            }
            // The answer to a ping comes behind whatever those frames have caused.
            try await client.send(Frame(.ping, ByteBuffer(integer: UInt64(1))))
            var frame = try await client.next()
            while frame.kind != .ping {
                #expect(frame.kind != .windowUpdate || frame.stream == 0)
                frame = try await client.next()
            }
            gate.open()
            while frame.kind != .windowUpdate || frame.stream != 1 { frame = try await client.next() }
            try await client.send(Frame(.data, Frame.endStream, stream: 1))
            #expect(try await client.response(1).text == "49152")
        }
    }

    @Test("§6.9.1 more than the window is FLOW_CONTROL_ERROR")
    func exceeded() async throws {
        let router = http { _, receive, _ in try await Gate().wait() }
        var configuration = ServerConfiguration.http2()
        configuration.applicationCloseTimeout = 1
        try await withHTTP2Server(router, configuration) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1, FrameClient.request("POST"), ends: false))
            for _ in 0..<5 {
                try await client.send(Frame(.data, stream: 1, ByteBuffer(repeating: 1, count: 16_384)))
            }
            #expect(try await client.reset(1) == ErrorCode.flowControlError)
        }
    }
}
#endif
