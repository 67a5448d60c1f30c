// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOPosix
import SluiceCore
import SluiceTLS
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("Listeners and scopes of real sockets", .timeLimit(.minutes(1)))
struct ListenerTests {
    private let router = http { scope, _, send in
        let client = scope.client.map(String.init(describing:)) ?? "-"
        let server = scope.server.map(String.init(describing:)) ?? "-"
        try await send.respond("\(scope.scheme)|\(client)|\(server)|\(scope.tls?.version.map { "TLS \($0)" } ?? "-")")
    }

    private let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test("several listeners are served alike, on TCP, TLS and a unix socket")
    func several() async throws {
        let certificate = try TestCertificate()
        let path = "/tmp/sluice-\(UUID().uuidString.prefix(8)).sock"
        let tls = try TLSContextStore(TLSConfiguration(certificates: [certificate.pair]))
        let server = Server(
            router: router,
            listeners: [
                Listener(.tcp(host: "127.0.0.1", port: 0)), Listener(.tcp(host: "127.0.0.1", port: 0), tls: tls),
                Listener(.unix(path: path)),
            ], threads: 1)
        let bound = try await server.start()
        #expect(
            bound.map(\.description).last == "http+unix:\(path)" && bound[1].description.hasPrefix("https://127.0.0.1:")
        )
        let plainPort = try #require(bound[0].port)
        let plain = try await Wire(SocketAddress(ipAddress: "127.0.0.1", port: plainPort))
        try await plain.write(request)
        let local = try #require(plain.localPort)
        #expect(try await plain.readToEnd().hasSuffix("http|127.0.0.1:\(local)|127.0.0.1:\(plainPort)|-"))
        let securePort = try #require(bound[1].port)
        let secure = try await Wire(
            SocketAddress(ipAddress: "127.0.0.1", port: securePort), trusting: certificate.pair.chainFile)
        try await secure.write(request)
        let text = try await secure.readToEnd()
        #expect(text.contains("\r\n\r\nhttps|127.0.0.1:") && !text.hasSuffix("|-"))
        let unix = try await Wire(SocketAddress(unixDomainSocketPath: path))
        try await unix.write(request)
        #expect(try await unix.readToEnd().hasSuffix("http|-|\(path)|-"))
        #expect(await server.shutdown())
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("an address in use is one line, and nothing is left running", arguments: [false, true])
    func inUse(isUnix: Bool) async throws {
        let path = "/tmp/sluice-\(UUID().uuidString.prefix(8)).sock"
        let address = isUnix ? Listener.Address.unix(path: path) : .tcp(host: "127.0.0.1", port: 0)
        let first = Server(router: router, listeners: [Listener(address)], threads: 1)
        let bound = try await first.start()
        let taken = isUnix ? address : .tcp(host: "127.0.0.1", port: bound[0].port ?? 0)
        let notes = Notes()
        let lifespan = ClosureApplication<Lifespan> { scope, receive, send in
            _ = try await receive()
            try await send(.startupComplete(state: scope.state))
            _ = try await receive()
            notes.add("shutdown")
            try await send(.shutdownComplete)
        }
        let second = Server(
            router: ProtocolTypeRouter(lifespan: lifespan),
            listeners: [Listener(.tcp(host: "127.0.0.1", port: 0)), Listener(taken)], threads: 1)
        let error = await #expect(throws: ServerError.self) { try await second.start() }
        #expect(error?.code == .cannotListen && error?.description.hasSuffix(": address already in use") == true)
        #expect(notes.all == ["shutdown"] && second.host == nil)
        #expect(await second.shutdown())
        // The first one is served still.
        let wire = try await Wire(
            isUnix
                ? SocketAddress(unixDomainSocketPath: path)
                : SocketAddress(ipAddress: "127.0.0.1", port: bound[0].port ?? 0))
        try await wire.write(request)
        #expect(try await wire.readToEnd().hasPrefix("HTTP/1.1 200 OK\r\n"))
        await first.shutdown()
    }

    @Test("a start that fails has the application's own words")
    func failedStart() async throws {
        let lifespan = ClosureApplication<Lifespan> { _, _, send in
            try await send(.startupFailed(message: "no database"))
        }
        let server = Server(
            router: ProtocolTypeRouter(lifespan: lifespan), listeners: [Listener(.tcp(host: "127.0.0.1", port: 0))])
        let error = await #expect(throws: LifespanError.self) { try await server.start() }
        #expect(error?.description == "no database" && server.host == nil)
        await #expect(throws: ServerError.self) { try await server.start() }
    }

    @Test("no descriptors left: the listener waits and goes on")
    func acceptErrors() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let host = ApplicationHost(router: router)
        let open = try await Acceptor(host: host, group: group).bind(Listener(.tcp(host: "127.0.0.1", port: 0)))
        let (channel, bound) = (open.channel, open.bound)
        for code in [EMFILE, ENFILE, ECONNABORTED] {
            channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
        }
        let wire = try await Wire(SocketAddress(ipAddress: "127.0.0.1", port: bound.port ?? 0))
        try await wire.write(request)
        #expect(try await wire.readToEnd().hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(channel.isActive)
        try await channel.close()
        try await group.shutdownGracefully()
    }
}

@Suite("Stopping", .timeLimit(.minutes(1)))
struct StoppingTests {
    @Test("idle connections are closed at once, running requests finished, WebSockets closed with 1012")
    func graceful() async throws {
        let gate = Gate()
        let notes = Notes()
        var router = http { scope, _, send in
            if scope.path == "/slow" {
                notes.add("slow")
                try await gate.wait()
            }
            try await send.respond("done")
        }
        router.mount(
            ClosureApplication<SluiceCore.WebSocket> { _, receive, send in
                try await send(.accept(subprotocol: nil, headers: [:]))
                while true {
                    guard case .disconnect(let code, _) = try await receive() else { continue }
                    return notes.add("disconnect \(code.rawValue)")
                }
            })
        let server = try await LiveServer(router)
        let idle = try await server.http()
        _ = try await idle.request(.get, "/")
        let busy = try await server.http()
        try await busy.send(.get, "/slow")
        let socket = try await server.webSocket("/")
        try await eventually("the request runs") { notes.all == ["slow"] }
        async let stopped = server.stop(within: .seconds(20))
        try await idle.expectClose()
        #expect(try await socket.receiveClose().code == .serviceRestart)
        try await socket.sendClose(.serviceRestart)
        await #expect(throws: CommunicatorError.self) { _ = try await server.connect() }
        gate.open()
        let response = try await busy.receive()
        #expect(response.text == "done" && response.headers[.connection] == "close")
        try await busy.expectClose()
        #expect(await stopped)
        #expect(notes.all.contains("disconnect 1012"))
    }

    @Test("what does not end in time is cut and cancelled")
    func cut() async throws {
        let notes = Notes()
        let router = http { _, _, _ in
            notes.add("called")
            do { try await Gate().wait() } catch { notes.add("cancelled") }
        }
        let server = try await LiveServer(router)
        let client = try await server.http()
        try await client.send(.get, "/")
        try await eventually("the request runs") { notes.all == ["called"] }
        #expect(await server.stop(within: .milliseconds(100)))
        #expect(notes.all == ["called", "cancelled"])
        try await client.expectClose()
    }
}
