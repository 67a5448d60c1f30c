// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import SluiceWebSocket
import Testing

private typealias WebSocket = SluiceCore.WebSocket

@Suite("WebSocket back-pressure", .timeLimit(.minutes(1)))
struct WebSocketBackPressureTests {
    @Test("an application that does not read stops the client")
    func reading() async throws {
        let gate = Gate()
        let taken = Counter()
        let router = webSocket { scope, receive, send in
            try await send(.accept(subprotocol: nil, headers: [:]))
            if scope.path == "/slow" { try await gate.wait() }
            while true {
                switch try await receive() {
                case .receive(let message):
                    if scope.path == "/slow" { taken.add(message.byteCount) } else { try await send(.send(message)) }
                case .disconnect: return
                case .connect: break
                }
            }
        }
        let server = try await LiveServer(router, threads: 1)
        let wire = try await Wire(server)
        try await wire.write(handshake.replacing("/ws", with: "/slow"))
        _ = try await wire.read(until: "\r\n\r\n")
        let (count, size) = (512, 64 << 10)
        let frame = frames(String(repeating: "x", count: size))
        for _ in 0..<count { wire.startWriting(frame) }
        let other = try await server.webSocket("/")
        for _ in 0..<100 {
            try await other.send(text: "x")
            #expect(try await other.receiveText() == "x")
        }
        #expect(taken.value == 0 && wire.isBlocked && wire.writtenBytes < 16 << 20)
        gate.open()
        try await eventually("all is taken", within: .seconds(20)) { taken.value == count * size }
        await wire.close()
        await server.stop()
    }

    @Test("a client that does not read stops the sender", arguments: [1_000, 20_000, 200_000], [false, true])
    func writing(size: Int, isElsewhere: Bool) async throws {
        let total = 16 << 20
        let (sent, gate) = (Counter(), Gate())
        @Sendable func sendAll(_ send: Send<WebSocket>) async throws {
            let message = ByteBuffer(repeating: 0x78, count: size)
            while sent.value < total {
                try await send(.send(.bytes(message)))
                sent.add(size)
            }
        }
        let router = webSocket { scope, receive, send in
            try await send(.accept(subprotocol: nil, headers: [:]))
            if scope.path == "/big" {
                try await gate.wait()
                if isElsewhere {
                    try await Task.detached(executorPreference: globalConcurrentExecutor) { try await sendAll(send) }
                        .value
                } else {
                    try await sendAll(send)
                }
            }
            while true {
                switch try await receive() {
                case .receive(let message): try await send(.send(message))
                case .disconnect: return
                case .connect: break
                }
            }
        }
        let server = try await LiveServer(router, threads: 1)
        let wire = try await Wire(server, receiveBuffer: 64 << 10)
        try await wire.write(handshake.replacing("/ws", with: "/big"))
        _ = try await wire.read(until: "\r\n\r\n")
        try await wire.setReading(false)
        gate.open()
        let other = try await server.webSocket("/")
        var last = -1
        while last != sent.value {
            last = sent.value
            for _ in 0..<50 {
                try await other.send(text: "x")
                #expect(try await other.receiveText() == "x")
            }
        }
        #expect(sent.value < 10 << 20, "the outbox and the sockets' buffers hold less")
        try await wire.setReading(true)
        _ = try await wire.read(count: total)
        try await eventually("all is sent") { sent.value >= total }
        await wire.close()
        await server.stop()
    }

    @Test("pongs do not pile up for a client that does not read them")
    func pongs() async throws {
        let notes = Notes()
        let server = try await LiveServer(noting(notes), threads: 1)
        let wire = try await Wire(server, receiveBuffer: 64 << 10)
        try await wire.write(handshake)
        _ = try await wire.read(until: "\r\n\r\n")
        try await wire.setReading(false)
        var ping = ByteBuffer()
        for _ in 0..<8_000 { FrameEncoder(role: .client).writePing(ByteBuffer(repeating: 1, count: 125), into: &ping) }
        for _ in 0..<12 { try await wire.write(ping) }
        try await wire.write(frames("end"))
        try await eventually("the server has seen them all", within: .seconds(20)) { notes.all == ["connect", "end"] }
        try await wire.write(frames("close"))
        try await wire.setReading(true)
        let pongs = try await wire.read(until: "asked").utf8.count / 127
        #expect(pongs < 64_000, "the outbox and the sockets' buffers hold less than the 96,000 that were asked for")
        await server.stop()
    }
}
