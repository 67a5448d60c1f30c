// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import NIOCore
import NIOPosix
import SluiceCore
import SluiceTLS
import SluiceTesting
import Testing

@testable import SluiceServer

@Suite("A restart that refuses nobody", .timeLimit(.minutes(1)))
struct RestartTests {
    private let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private func server(_ name: String, _ listener: Listener) -> Server {
        let router = http { scope, _, send in try await send.respond("\(name) \(scope.server?.description ?? "-")") }
        return Server(router: router, listeners: [listener], threads: 1)
    }

    private func ask(_ address: SocketAddress) async throws -> String {
        let wire = try await Wire(address)
        try await wire.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return try await wire.readToEnd()
    }

    @Test("what waits in the backlog is served, and so is a connection that was not read yet")
    func backlog() async throws {
        let (reached, gate) = (Gate(), DispatchSemaphore(value: 0))
        let router = http { scope, _, send in
            if scope.path == "/block" {
                reached.open()
                gate.wait()  // the event loop: nothing is accepted until the test says so
            }
            try await send.respond("served")
        }
        let server = Server(router: router, listeners: [Listener(.tcp(host: "127.0.0.1", port: 0))], threads: 1)
        let port = try #require(try await server.start().first?.port)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        let silent = try await Wire(address)
        let blocking = try await Wire(address)
        try await blocking.write("GET /block HTTP/1.1\r\nHost: a\r\n\r\n")
        try await reached.wait()
        var waiting: [Wire] = []
        for _ in 0..<20 { waiting.append(try await Wire(address)) }
        for wire in waiting + [silent] { try await wire.write(request) }
        let host = try #require(server.host)
        let stopped = Task { await server.shutdown(within: .seconds(20)) }
        gate.signal()
        try await eventually("the stop begins") { host.isDraining }
        for wire in waiting + [silent] {
            let answer = try await wire.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\nserved"))
        }
        #expect(await stopped.value)
        await #expect(throws: (any Error).self) { _ = try await Wire(address) }
    }

    @Test("a stop takes real time, whatever clock the application has")
    func virtualTime() async throws {
        let server = try await LiveServer(echo, clock: VirtualTime())
        let wire = try await Wire(server)
        try await wire.write(request)
        _ = try await wire.read(until: "\r\n\r\n")
        #expect(await server.stop(within: .seconds(20)))
    }

    @Test("SO_REUSEPORT: the next one starts beside the old one; without it the address is in use")
    func reusePort() async throws {
        var listener = Listener(.tcp(host: "127.0.0.1", port: 0))
        listener.isShared = true
        let old = server("old", listener)
        let port = try #require(try await old.start().first?.port)
        listener.address = .tcp(host: "127.0.0.1", port: port)
        let new = server("new", listener)
        try await new.start()
        await #expect(throws: ServerError.self) { try await server("third", Listener(listener.address)).start() }
        await old.shutdown()
        let answer = try await ask(SocketAddress(ipAddress: "127.0.0.1", port: port))
        #expect(answer.hasSuffix("new 127.0.0.1:\(port)"))
        await new.shutdown()
    }

    @Test("a unix socket is taken over; its file has the mode that was asked for and belongs to the last one")
    func unix() async throws {
        let path = "/tmp/sluice-\(UUID().uuidString.prefix(8)).sock"
        var listener = Listener(.unix(path: path))
        listener.isShared = true
        listener.socketMode = 0o600
        let (old, new) = (server("old", listener), server("new", listener))
        try await old.start()
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        try await new.start()
        let address = try SocketAddress(unixDomainSocketPath: path)
        #expect(try await ask(address).hasSuffix("new \(path)"))
        await old.shutdown()
        #expect(try await ask(address).hasSuffix("new \(path)"))
        await new.shutdown()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a unix socket that is left over is replaced, another file is not, and a long path is named")
    func leftOver() async throws {
        let path = "/tmp/sluice-\(UUID().uuidString.prefix(8)).sock"
        let left = try UnixSocket.listening(at: path, mode: 0o600, takesOver: false)
        close(left.descriptor)
        let first = server("first", Listener(.unix(path: path)))
        try await first.start()
        #expect(try await ask(SocketAddress(unixDomainSocketPath: path)).hasSuffix("first \(path)"))
        await first.shutdown()

        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = await #expect(throws: ServerError.self) {
            try await server("x", Listener(.unix(path: path))).start()
        }
        #expect(error?.description == "cannot listen on \(path): file exists")
        #expect(FileManager.default.contents(atPath: path) == Data("precious".utf8))
        let long = "/tmp/" + String(repeating: "x", count: 120)
        let other = await #expect(throws: ServerError.self) {
            try await server("x", Listener(.unix(path: long))).start()
        }
        #expect(other?.description == "cannot listen on \(long): file name too long")
    }

    @Test("a descriptor that the parent has bound; one that is no listening socket is refused")
    func descriptor() async throws {
        let path = "/tmp/sluice-\(UUID().uuidString.prefix(8)).sock"
        let parent = try UnixSocket.listening(at: path, mode: 0o600, takesOver: false)
        defer { parent.socket.remove() }
        // The parent keeps its own: what comes between two processes waits there.
        for name in ["first", "second"] {
            let server = server(name, Listener(.descriptor(dup(parent.descriptor))))
            #expect(try await server.start().first?.description == "http+unix:\(path)")
            #expect(try await ask(SocketAddress(unixDomainSocketPath: path)).contains(name))
            await server.shutdown()
        }
        #expect(FileManager.default.fileExists(atPath: path))
        close(parent.descriptor)
        let error = await #expect(throws: ServerError.self) {
            try await server("x", Listener(.descriptor(parent.descriptor))).start()
        }
        #expect(error?.description.hasPrefix("cannot listen on descriptor \(parent.descriptor): ") == true)
    }
}
