// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import SluiceTLS

/// Echoes what it reads; on `close\n` closes; at the end of the input says `end` and closes.
private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Self.unwrapInboundIn(data)
        context.write(Self.wrapOutboundOut(bytes), promise: nil)
        if bytes.readableBytesView.suffix(6).elementsEqual("close\n".utf8) {
            context.flush()
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return }
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: "end")), promise: nil)
        context.close(promise: nil)
    }

    // Failed handshakes are what some of these tests want.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Gathers what it reads until the channel's end.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var bytes = ByteBuffer()
    private var isUnclean = false
    private let promise: EventLoopPromise<(bytes: ByteBuffer, isUnclean: Bool)>

    init(_ promise: EventLoopPromise<(bytes: ByteBuffer, isUnclean: Bool)>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(Self.unwrapInboundIn(data))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? TLSEvent == .uncleanShutdown { isUnclean = true }
        if case .some(.inputClosed) = event as? ChannelEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed((bytes, isUnclean)) }
}

@Suite("Handler over loopback sockets", .timeLimit(.minutes(1)))
struct SocketTests {
    private let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    private func withEchoServer(
        _ context: TLSContext, _ body: (Int) async throws -> Void
    ) async throws {
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([TLSHandler(context), Echo()])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(try #require(server.localAddress?.port))
        } catch {
            try await server.close()
            throw error
        }
        try await server.close()
    }

    /// Connects, lets `body` write, and gives all that came until the end.
    private func talk(
        _ context: TLSContext, port: Int, _ body: (any Channel) async throws -> Void
    ) async throws -> (bytes: ByteBuffer, isUnclean: Bool) {
        let result = group.next().makePromise(of: (bytes: ByteBuffer, isUnclean: Bool).self)
        do {
            let channel = try await ClientBootstrap(group: group)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers(
                            [TLSHandler(context, serverName: "localhost"), Collector(result)])
                    }
                }
                .connect(host: "127.0.0.1", port: port).get()
            try await body(channel)
        } catch {
            result.fail(error)
        }
        return try await result.futureResult.get()
    }

    @Test(
        "Large data both ways, then a half-close in each direction, with no byte lost",
        arguments: [1, 100_000, 5_000_000])
    func echo(size: Int) async throws {
        let peers = try Peers()
        try await withEchoServer(peers.server) { port in
            var expected = ByteBuffer()
            // A length that shares no factor with the record's, so that a lost or doubled record shows.
            let block = (0..<1009).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            while expected.readableBytes < size { expected.writeBytes(block.prefix(size - expected.readableBytes)) }
            let result = try await talk(peers.client, port: port) { channel in
                try await channel.writeAndFlush(expected)
                try await channel.close(mode: .output)
            }
            expected.writeString("end")
            #expect(result.bytes == expected)
            #expect(!result.isUnclean)
        }
    }

    @Test("The server's close is clean, and what it wrote before arrives")
    func serverCloses() async throws {
        let peers = try Peers()
        try await withEchoServer(peers.server) { port in
            let result = try await talk(peers.client, port: port) { channel in
                try await channel.writeAndFlush(ByteBuffer(string: "please close\n"))
            }
            #expect(String(buffer: result.bytes) == "please close\n")
            #expect(!result.isUnclean)
        }
    }

    @Test("A peer that does not trust the server ends the handshake on both sides")
    func distrust() async throws {
        let peers = try Peers()
        let others = try Peers()
        let stranger = others.client
        try await withEchoServer(peers.server) { port in
            await #expect { try await talk(stranger, port: port) { _ in } } throws: {
                ($0 as? TLSError)?.code == .certificateRejected
            }
        }
    }

    @Test("A store that loads its files again gives new connections the new certificate; old ones go on")
    func store() async throws {
        let folder = try TemporaryFolder()
        let (first, second) = (try makeCertificate(), try makeCertificate())
        let certificate = try folder.write(first, to: "server.pem")
        let (firstTrust, secondTrust) = (
            try folder.write(first.certificatePEM, to: "1.pem"), try folder.write(second.certificatePEM, to: "2.pem")
        )
        let store = try TLSContextStore(TLSConfiguration(certificates: [certificate]))
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([TLSHandler(store.current), Echo()])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let closing = ByteBuffer(string: "close\n")
        let old = try await talk(.client(trust: .file(firstTrust)), port: port) { channel in
            // The answer shows that this connection exists before the swap.
            try await channel.writeAndFlush(ByteBuffer(string: "x"))
            _ = try folder.write(second, to: "server.pem")
            try store.reload()
            let new = try await talk(.client(trust: .file(secondTrust)), port: port) {
                try await $0.writeAndFlush(closing)
            }
            #expect(new.bytes == closing)
            try await channel.writeAndFlush(closing)
        }
        #expect(String(buffer: old.bytes) == "xclose\n")
        try await server.close()
    }

    @Test(
        "openssl s_client verifies the development certificate, strictly; ALPN; both versions; clean end",
        .enabled(if: Tool.openssl != nil, "the openssl tool is not installed"), arguments: ["-tls1_2", "-tls1_3"])
    func sClient(version: String) async throws {
        let folder = try TemporaryFolder()
        let pair = try DevelopmentCertificate.ensure(at: folder.file("localhost.pem"))
        var configuration = TLSConfiguration(certificates: [pair])
        configuration.applicationProtocols = ["http/1.1"]
        let context = try TLSContext(configuration)
        try await withEchoServer(context) { port in
            for name in [["-verify_hostname", "localhost"], ["-verify_ip", "127.0.0.1"], ["-verify_ip", "::1"]] {
                let output = try await Tool.run(
                    Tool.openssl,
                    [
                        "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", pair.chainFile, "-verify_return_error",
                        "-x509_strict", "-alpn", "h2,http/1.1", version,
                    ] + name,
                    input: "hello close\n")
                #expect(output.contains("Verify return code: 0 (ok)"))
                #expect(output.contains("ALPN protocol: http/1.1"))
                #expect(output.contains("hello close"))
                #expect(output.contains("Secure Renegotiation IS"))
                #expect(output.contains("Compression: NONE"))
                #expect(output.contains("closed"))
            }
        }
    }

    @Test(
        "openssl s_client resumes with our stateless ticket",
        .enabled(if: Tool.openssl != nil, "the openssl tool is not installed"), arguments: ["-tls1_2", "-tls1_3"])
    func sClientResumes(version: String) async throws {
        let peers = try Peers()
        try await withEchoServer(peers.server) { port in
            let session = peers.folder.file("session")
            for (option, word) in [("-sess_out", "New, "), ("-sess_in", "Reused, ")] {
                let output = try await Tool.run(
                    Tool.openssl, ["s_client", "-connect", "127.0.0.1:\(port)", option, session, version],
                    input: "hello close\n")
                #expect(output.contains("\n" + word))
            }
        }
    }

    @Test(
        "openssl s_client with an older protocol, or only suites without forward secrecy, is refused",
        .enabled(if: Tool.openssl != nil, "the openssl tool is not installed"),
        arguments: [
            ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_2", "-cipher", "AES128-SHA:AES128-GCM-SHA256"],
        ])
    func sClientRefused(options: [String]) async throws {
        let peers = try Peers()
        try await withEchoServer(peers.server) { port in
            let output = try await Tool.run(
                Tool.openssl, ["s_client", "-connect", "127.0.0.1:\(port)"] + options, input: "hello close\n")
            #expect(output.contains("alert"))
            #expect(!output.contains("hello close"))
        }
    }

    @Test(
        "Python's ssl verifies the development certificate with its default, strict where it has that",
        .enabled(if: Tool.python != nil, "python3 is not installed"))
    func python() async throws {
        let folder = try TemporaryFolder()
        let pair = try DevelopmentCertificate.ensure(at: folder.file("localhost.pem"))
        try await withEchoServer(TLSContext(TLSConfiguration(certificates: [pair]))) { port in
            let script = """
                import socket, ssl
                for name in ("localhost", "127.0.0.1"):
                    context = ssl.create_default_context(cafile="\(pair.chainFile)")
                    context.verify_flags |= ssl.VERIFY_X509_STRICT
                    context.set_alpn_protocols(["http/1.1"])
                    with socket.create_connection(("127.0.0.1", \(port)), timeout=20) as raw:
                        with context.wrap_socket(raw, server_hostname=name, suppress_ragged_eofs=False) as tls:
                            tls.sendall(b"x" * 100000 + b"close\\n")
                            count = 0
                            while data := tls.recv(65536): count += len(data)
                            print(name, tls.version(), tls.selected_alpn_protocol(), count)
                """
            let output = try await Tool.run(Tool.python, ["-c", script], input: "")
            #expect(output == "localhost TLSv1.3 http/1.1 100006\n127.0.0.1 TLSv1.3 http/1.1 100006\n")
        }
    }

    @Test(
        "Our client talks to openssl s_server and sees its clean end",
        .enabled(if: Tool.openssl != nil, "the openssl tool is not installed"), arguments: ["-tls1_2", "-tls1_3"])
    func sServer(version: String) async throws {
        let peers = try Peers()
        // With port 0 it takes a free one, and says which: "ACCEPT 127.0.0.1:40123".
        let arguments = [
            "s_server", "-accept", "127.0.0.1:0", "-cert", peers.certificate.chainFile, "-naccept", "1", "-rev",
            version,
        ]
        let ports = AsyncStream.makeStream(of: Int.self)
        async let output = Tool.run(Tool.openssl, arguments, input: "") { line in
            if line.hasPrefix("ACCEPT"), let port = line.split(separator: ":").last.flatMap({ Int($0) }) {
                ports.continuation.yield(port)
            }
        }
        var iterator = ports.stream.makeAsyncIterator()
        let port = try #require(await iterator.next())
        let result = try await talk(peers.client, port: port) { channel in
            try await channel.writeAndFlush(ByteBuffer(string: "hello\nCLOSE\n"))
        }
        #expect(String(buffer: result.bytes) == "olleh\n")
        #expect(!result.isUnclean)
        _ = try await output
    }
}
