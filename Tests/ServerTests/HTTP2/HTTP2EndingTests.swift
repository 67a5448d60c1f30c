// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

@Suite("HTTP/2: ends", .timeLimit(.minutes(1)))
struct HTTP2EndingTests {
    private func waiting(_ notes: Notes) -> ProtocolTypeRouter {
        http { scope, receive, send in
            guard scope.path == "/wait" else { return try await send.respond("done") }
            notes.add("called")
            while case .request = try await receive() {}
            notes.add("disconnect")
        }
    }

    @Test("§5.4.2 a stream that is reset tells its application, and no other", arguments: [true, false])
    func reset(isReset: Bool) async throws {
        let notes = Notes()
        try await withHTTP2Server(waiting(notes)) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1, FrameClient.request("POST", "/wait"), ends: false))
            try await eventually("the call") { notes.all == ["called"] }
            if isReset {
                try await client.send(.reset(1), client.headers(3))
                #expect(try await client.response(3).text == "done")
            } else {
                await client.connection.reset()
            }
            try await eventually("the disconnect") { notes.all == ["called", "disconnect"] }
        }
    }

    @Test("an application that goes on without its client is cancelled")
    func cancelled() async throws {
        let notes = Notes()
        let router = http { _, _, _ in
            notes.add("called")
            do { try await Gate().wait() } catch { notes.add("\(error)") }
        }
        try await withHTTP2Server(router, .http2(isImpatient: true)) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1))
            try await eventually("the call") { notes.all == ["called"] }
            try await client.send(.reset(1))
            try await eventually("the cancellation") { notes.all == ["called", "CancellationError()"] }
        }
    }

    @Test("an application that writes to a stream that was reset gets an error")
    func writing() async throws {
        let notes = Notes()
        let router = http { _, _, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            do {
                while true { try await send(.responseBody(ByteBuffer(repeating: 0, count: 10_000), moreBody: true)) }
            } catch let error as SendError {
                notes.add(error.code == .connectionClosed ? "closed" : "\(error)")
            }
        }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1))
            while try await client.next().kind != .data {}
            try await client.send(.reset(1))
            try await eventually("the error") { notes.all == ["closed"] }
        }
    }

    @Test("§6.8 a stop announces itself, serves what it has crossed, names the last stream and ends")
    func drain() async throws {
        let gate = Gate()
        let router = http { scope, _, send in
            if scope.path == "/wait" { try await gate.wait() }
            try await send.respond(scope.path)
        }
        let server = try await LiveServer(router, configuration: .http2())
        let client = try await FrameClient(server)
        try await client.send(client.headers(1, FrameClient.request("GET", "/wait")))
        try await client.ping()
        let stop = Task { await server.stop() }
        #expect(try await client.goAway() == (UInt32(Int32.max), ErrorCode.noError))
        var ping = try await client.next()
        while ping.kind != .ping { ping = try await client.next() }
        // Sent before the client has read the first GOAWAY.
        try await client.send(client.headers(3, FrameClient.request("GET", "/crossed")))
        #expect(try await client.response(3).text == "/crossed")
        try await client.send(Frame(.ping, Frame.acknowledgement, ping.payload))
        #expect(try await client.goAway() == (3, ErrorCode.noError))
        gate.open()
        #expect(try await client.response(1).text == "/wait")
        try await client.end()
        #expect(await stop.value)
    }

    @Test("§6.8 a client's GOAWAY lets its streams finish")
    func clientLeaves() async throws {
        let gate = Gate()
        let router = http { _, _, send in
            try await gate.wait()
            try await send.respond("done")
        }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1), Frame(.goAway, ByteBuffer(integer: UInt64(0))))
            try await client.ping()
            gate.open()
            #expect(try await client.response(1).text == "done")
            try await client.end()
        }
    }

    @Test("time-outs: no preface, settings not acknowledged, a header block without end", arguments: 0..<3)
    func timeouts(what: Int) async throws {
        try await withHTTP2Server(echo, .http2(headerTimeout: 1)) { server in
            let client = try await FrameClient(raw: server)
            // Sent at once: the time-out runs.
            var bytes = ByteBuffer(string: what == 0 ? "PRI * HTTP/2.0\r\n" : FrameClient.preface)
            if what > 0 { bytes.writeImmutableBuffer(Frame.settings([]).bytes) }
            if what > 1 {
                bytes.writeImmutableBuffer(Frame(.settings, Frame.acknowledgement).bytes)
                bytes.writeImmutableBuffer(
                    Frame(.headers, stream: 1, try client.block(FrameClient.request())).bytes)
            }
            try await client.send(bytes)
            if what > 0 {
                let code = what == 1 ? ErrorCode.settingsTimeout : ErrorCode.enhanceYourCalm
                #expect(try await client.goAway().code == code)
            }
            try await client.end()
        }
    }

    @Test("a connection that is idle ends")
    func idle() async throws {
        // The preface must come in this time too, on a busy machine.
        var configuration = ServerConfiguration.http2(headerTimeout: 5)
        configuration.http.keepAliveTimeout = 2
        try await withHTTP2Server(echo, configuration) { server in
            let client = try await FrameClient(raw: server)
            var bytes = ByteBuffer(string: FrameClient.preface)
            bytes.writeImmutableBuffer(Frame.settings([]).bytes)
            bytes.writeImmutableBuffer(Frame(.settings, Frame.acknowledgement).bytes)
            try await client.send(bytes)
            #expect(try await client.goAway() == (0, ErrorCode.noError))
            try await client.end()
        }
    }

    @Test("a body that stops coming is answered with 408, its application is told")
    func bodyTimeout() async throws {
        let notes = Notes()
        let router = http { _, receive, _ in notes.add(try await receive.body() == nil ? "disconnect" : "whole") }
        try await withHTTP2Server(router, .http2(isImpatient: true)) { server in
            let client = try await FrameClient(server)
            try await client.send(
                client.headers(1, FrameClient.request("POST"), ends: false), Frame(.data, stream: 1, bytes: [1]))
            #expect(try await client.response(1).status == "408")
            #expect(notes.all == ["disconnect"])
        }
    }

    @Test("a response of which nothing is read is cut")
    func responseTimeout() async throws {
        try await withHTTP2Server(echo, .http2(isImpatient: true)) { server in
            let client = try await FrameClient(server, settings: [(4, 1)])
            try await client.send(client.headers(1))
            #expect(try await client.reset(1) == ErrorCode.cancel)
        }
    }

    @Test("§6.7 a client that is silent while a stream is open is pinged, and given up")
    func pings() async throws {
        var configuration = ServerConfiguration.http2()
        configuration.http2.pingInterval = 1
        configuration.http2.pingTimeout = 1
        let notes = Notes()
        try await withHTTP2Server(waiting(notes), configuration) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1, FrameClient.request("POST", "/wait"), ends: false))
            while try await client.next().kind != .ping {}
            try await client.end()
            try await eventually("the disconnect") { notes.all == ["called", "disconnect"] }
        }
    }
}
#endif
