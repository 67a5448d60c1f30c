// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOPosix
import SluiceCore
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("Who is let in")
struct AdmissionTests {
    private let clock = VirtualTime()

    private func admission(
        _ change: (inout ServerConfiguration.ConnectionLimits) -> Void
    ) -> Admission {
        var limits = ServerConfiguration.ConnectionLimits()
        change(&limits)
        return Admission(limits, clock: clock)
    }

    private func key(_ text: String) throws -> AddressKey {
        try #require(AddressKey(try SocketAddress(ipAddress: text, port: 1)))
    }

    @Test("connections in total; by default as many as the system has descriptors for, and some to spare")
    func total() {
        let admission = admission { $0.total = 3 }
        #expect(admission.enter(nil, open: 2) == nil)
        #expect(admission.enter(nil, open: 3) == .connections)
        let automatic = ServerConfiguration.ConnectionLimits().openLimit
        #expect(automatic > 100 && self.admission { _ in }.enter(nil, open: automatic) == .connections)
    }

    @Test("connections of one address, given back when they end")
    func address() throws {
        let admission = admission { $0.perAddress = 2 }
        let (one, two) = (try key("127.0.0.1"), try key("127.0.0.2"))
        #expect(admission.enter(one, open: 0) == nil && admission.enter(one, open: 0) == nil)
        #expect(admission.enter(one, open: 0) == .connectionsPerAddress)
        #expect(admission.enter(two, open: 0) == nil)
        admission.leave(one)
        #expect(admission.enter(one, open: 0) == nil)
        #expect(admission.enter(one, open: 0) == .connectionsPerAddress)
        #expect(admission.enter(nil, open: 0) == nil, "a unix socket's client has no address")
    }

    @Test("new connections a second of one address")
    func rate() throws {
        let admission = admission { $0.connectRate = 2 }
        let one = try key("10.0.0.1")
        #expect(admission.enter(one, open: 0) == nil && admission.enter(one, open: 0) == nil)
        admission.leave(one)
        #expect(admission.enter(one, open: 0) == .connectRate)
        #expect(admission.enter(try key("10.0.0.2"), open: 0) == nil)
        clock.advance(by: .seconds(1))
        #expect(admission.enter(one, open: 0) == nil)
    }

    @Test("an IPv6 network is one client, an IPv4 address is one in either form")
    func keys() throws {
        #expect(try key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff::9"))
        #expect(try key("2001:db8:1:2::1") != key("2001:db8:1:3::1"))
        #expect(try key("::ffff:1.2.3.4") == key("1.2.3.4"))
        #expect(try key("1.2.3.4") != key("1.2.3.5"))
        #expect(try key("::1") != key("127.0.0.1"))
        #expect(AddressKey(try SocketAddress(unixDomainSocketPath: "/tmp/a")) == nil)
    }

    @Test("requests of one user at once, given back when they end")
    func user() {
        let admission = admission {
            $0.perUser = 1
            $0.user = { $0.queryString.isEmpty ? nil : $0.queryString }
        }
        var scope = Scope(HTTP.self)
        #expect(admission.user(of: scope) == nil)
        scope.queryString = "eva"
        #expect(admission.user(of: scope) == "eva")
        #expect(admission.enter(user: "eva") && !admission.enter(user: "eva") && admission.enter(user: "ada"))
        admission.leave(user: "eva")
        #expect(admission.enter(user: "eva"))
    }

    @Test("limits are counted each time, and logged once a minute")
    func log() {
        let recorded = RecordedLog()
        let log = LimitLog(clock: clock, logger: recorded.logger())
        for _ in 0..<1_000 { log.count(.connections) }
        log.count(.messageRate)
        #expect(log.counts == [.connections: 1_000, .messageRate: 1])
        #expect(recorded.lines.map(\.fields) == ["connections=1"])
        clock.advance(by: .seconds(59))
        log.writeIfDue()
        #expect(recorded.lines.count == 1)
        clock.advance(by: .seconds(1))
        log.writeIfDue()
        log.writeIfDue()
        #expect(recorded.lines.map(\.fields) == ["connections=1", "connections=999 messageRate=1"])
        clock.advance(by: .seconds(600))
        log.writeIfDue()
        #expect(recorded.lines.count == 2, "nothing new is no line")
    }
}

@Suite("Limits of connections", .timeLimit(.minutes(1)))
struct ConnectionLimitTests {
    private let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

    private func limited(_ change: (inout ServerConfiguration) -> Void) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        change(&configuration)
        return configuration
    }

    @Test("one connection too many gets 503, and room is there again when another one ends")
    func total() async throws {
        try await withLiveServer(echo, configuration: limited { $0.connections.total = 1 }) { server in
            let first = try await server.http()
            _ = try await first.request(.get, "/")
            let second = try await Wire(server)
            try await second.write(request)
            let text = try await second.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("Retry-After: 1\r\n"))
            #expect(text.contains("Content-Length: 24\r\n") && text.hasSuffix("\r\n\r\n503 Service Unavailable\n"))
            #expect(server.host.statistics.limits == [.connections: 1])
            await first.connection.close()
            try await eventually("there is room") { server.connections == 0 }
            #expect(try await server.get().status == .ok)
        }
    }

    @Test("one connection too many under TLS is closed before its handshake")
    func totalSecure() async throws {
        let certificate = try TestCertificate()
        try await withLiveServer(
            echo, certificate: certificate.pair, configuration: limited { $0.connections.total = 0 }
        ) { server in
            let wire = try await Wire(.init(ipAddress: "127.0.0.1", port: server.port))
            #expect(try await wire.readToEnd() == "")
            try await eventually("it is counted") { server.host.statistics.limits == [.connections: 1] }
        }
    }

    @Test("one address too often")
    func address() async throws {
        try await withLiveServer(echo, configuration: limited { $0.connections.perAddress = 1 }) { server in
            let first = try await server.http()
            _ = try await first.request(.get, "/")
            let second = try await Wire(server)
            #expect(try await second.readToEnd().hasPrefix("HTTP/1.1 503 "))
            await first.connection.close()
            try await eventually("there is room") { server.connections == 0 }
            #expect(try await server.get().status == .ok)
        }
    }

    @Test("a user's requests and WebSockets at once", arguments: [false, true])
    func user(isWebSocket: Bool) async throws {
        let (gate, notes) = (Gate(), Notes())
        let router = ProtocolTypeRouter(
            http: ClosureApplication<HTTP> { _, _, send in
                notes.add("called")
                try await gate.wait()
                try await send.respond("")
            },
            webSocket: ClosureApplication<WebSocket> { _, receive, send in
                try await send(.accept(subprotocol: nil, headers: [:]))
                notes.add("called")
                while true { if case .disconnect = try await receive() { return } }
            })
        let configuration = limited {
            $0.connections.perUser = 1
            $0.connections.user = { $0.headers[.cookie] }
        }
        try await withLiveServer(router, configuration: configuration) { server in
            let text = (isWebSocket ? handshake : request).replacing("Host", with: "Cookie: eva\r\nHost")
            let first = try await Wire(server)
            try await first.write(text)
            try await eventually("it runs") { notes.all.count == 1 }
            let second = try await Wire(server)
            try await second.write(text)
            #expect(try await second.readToEnd().hasPrefix("HTTP/1.1 429 "))
            let other = try await Wire(server)
            try await other.write(text.replacing("eva", with: "ada"))
            try await eventually("it runs") { notes.all.count == 2 }
            await first.close()
            gate.open()
            try await eventually("it has ended") { server.connections == 1 }
            let third = try await Wire(server)
            try await third.write(text)
            try await eventually("it runs") { notes.all.count == 3 }
            #expect(server.host.statistics.limits == [.requestsPerUser: 1])
        }
    }

    @Test("a client that sends too many messages is closed with 1008", arguments: [false, true])
    func messageRate(arePings: Bool) async throws {
        try await withLiveServer(echoing, configuration: limited { $0.webSocket.messageRate = 10 }) { server in
            let wire = try await Wire(server)
            try await wire.write(handshake)
            _ = try await wire.read(until: "\r\n\r\n")
            let ping = ByteBuffer(bytes: [0x89, 0x80, 0, 0, 0, 0])
            var flood = ByteBuffer()
            // More than any two seconds hold, so that it does not matter where one begins.
            for _ in 0..<21 { flood.writeImmutableBuffer(arePings ? ping : frames("x")) }
            try await wire.write(flood)
            _ = try await wire.read(until: "too many messages")
            #expect(server.host.statistics.limits == [.messageRate: 1])
        }
    }

    @Test("a listener that cannot accept rests, and goes on")
    func pause() async throws {
        let host = ApplicationHost(router: echo)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(host))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try host.addHandlers(to: channel) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let isReading = try await listener.eventLoop.submit {
            listener.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
            listener.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
            return try listener.syncOptions?.getOption(.autoRead)
        }.get()
        #expect(isReading == false)
        #expect(host.statistics.limits == [.descriptors: 2])
        let wire = try await Wire(try #require(listener.localAddress))
        try await wire.write(request)
        _ = try await wire.read(until: "GET /a ")
        host.abort()
        try await listener.close()
    }
}

@Suite("The budget of bytes", .timeLimit(.minutes(1)))
struct ByteBudgetTests {
    private func limited(_ bytes: Int) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.connections.bytes = bytes
        return configuration
    }

    @Test("responses that nobody reads: those who hold the most are cut, others are served")
    func responses() async throws {
        let router = http { scope, _, send in
            let size = scope.path == "/large" ? 8 << 20 : 1
            try await send(.responseStart(status: .ok, headers: [:]))
            try await send(.responseBody(ByteBuffer(repeating: 0x78, count: size), moreBody: false))
        }
        try await withLiveServer(router, configuration: limited(1 << 20)) { server in
            let small = try await server.http()
            _ = try await small.request(.get, "/")
            let large = try await Wire(server, receiveBuffer: 4 << 10)
            try await large.setReading(false)
            try await large.write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("it is cut") { server.host.statistics.limits[.bytes] == 1 }
            try await eventually("nothing is held") {
                server.connections == 1 && server.host.statistics.heldBytes == 0
            }
            #expect(try await small.request(.get, "/").status == .ok)
            await large.close()
        }
    }

    @Test("messages that never become whole: close 1013")
    func messages() async throws {
        try await withLiveServer(echoing, configuration: limited(64 << 10)) { server in
            let wire = try await Wire(server)
            try await wire.write(handshake)
            _ = try await wire.read(until: "\r\n\r\n")
            // The first frame of a binary message, not masked visibly, of 200,000 bytes of which all come but the end.
            var bytes = ByteBuffer(bytes: [0x02, 0xFF, 0, 0, 0, 0, 0, 3, 0x0D, 0x40, 0, 0, 0, 0])
            bytes.writeRepeatingByte(0x78, count: 199_999)
            try await wire.write(bytes)
            #expect(try await wire.read(count: 4) == ByteBuffer(bytes: [0x88, 2, 3, 0xF5]))
            #expect(server.host.statistics.limits == [.bytes: 1])
        }
    }

    @Test("what TLS holds counts too: a hello without an end")
    func handshakes() async throws {
        let certificate = try TestCertificate()
        let server = try await LiveServer(
            echo, certificate: certificate.pair, configuration: limited(4 << 10))
        let wire = try await Wire(server)
        // A record of 16 KiB with a ClientHello of 16,380 bytes, of which 10,000 come.
        var hello = ByteBuffer(bytes: [22, 3, 1, 0x40, 0, 1, 0, 0x3F, 0xFC, 3, 3])
        hello.writeRepeatingByte(0, count: 10_000)
        try await wire.write(hello)
        try await eventually("it is cut") { server.host.statistics.limits[.bytes] == 1 }
        #expect(try await wire.readToEnd() == "")
        await server.stop()
    }

    @Test("bodies that the application does not take count too")
    func bodies() async throws {
        let gate = Gate()
        let router = http { _, _, send in
            try await gate.wait()
            try await send.respond("")
        }
        try await withLiveServer(router, configuration: limited(8 << 10)) { server in
            let wire = try await Wire(server)
            try await wire.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
            wire.startWriting(ByteBuffer(repeating: 0x78, count: 90_000))
            try await eventually("it is cut") { server.host.statistics.limits[.bytes] == 1 }
            gate.open()
        }
    }
}

@Suite("The time of a message")
struct MessageTimeTests {
    @Test("It runs from when a message was first seen unfinished, and anew with the next one")
    func restarts() {
        var time = MessageTime()
        let first = [10, 12, 13].map { time.exceeds(3, in: $0) }
        #expect(first == [false, false, true])
        time.restart()
        let second = [20, 22].map { time.exceeds(3, in: $0) }
        #expect(second == [false, false])
    }

    @Test("0 is any time; a clock that begins anew makes nobody late")
    func unlimited() {
        var time = MessageTime()
        let unlimited = [10, 4_000_000].map { time.exceeds(0, in: $0) }
        #expect(unlimited == [false, false])
        let limited = [UInt32.max, 1, 2].map { time.exceeds(3, in: $0) }
        #expect(limited == [false, false, true])
    }
}
