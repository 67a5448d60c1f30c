// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import Logging
public import SluiceCore
public import SluiceServer
public import SluiceTLS

/// A server on a free port of the loopback interface, for one test (Channels' `ChannelsLiveServerTestCase`).
public final class LiveServer: Sendable {
    /// The port.
    public let port: Int
    /// Whether it speaks TLS.
    public let isSecure: Bool
    /// What serves its connections.
    public let host: ApplicationHost
    private let certificateFile: String?
    private let server: Server

    /// Starts: runs the application's lifespan and listens.
    ///
    /// - Parameters:
    ///   - certificate: for `https` and `wss`, such as `DevelopmentCertificate.ensure(at:)` makes; `nil` for plain.
    ///   - state: what the lifespan finds; ``SluiceCore/LifespanState/testing(clock:)`` by default.
    ///   - threads: event loops.
    public init(
        _ router: ProtocolTypeRouter, certificate: TLSConfiguration.Certificate? = nil, state: LifespanState? = nil,
        configuration: ServerConfiguration = ServerConfiguration(), threads: Int = 2,
        clock: any TimeSource = SystemTime(), logger: Logger = Logger(label: "test")
    ) async throws {
        let tls = try certificate.map { try TLSContextStore(TLSConfiguration(certificates: [$0])) }
        server = Server(
            router: router, listeners: [Listener(.tcp(host: "127.0.0.1", port: 0), tls: tls)],
            configuration: configuration, threads: threads, state: state ?? .testing(clock: clock), clock: clock,
            logger: logger)
        let bound = try await server.start()
        guard let port = bound.first?.port, let host = server.host else {
            throw CommunicatorError(.connection, "the server started without a port")
        }
        self.port = port
        self.host = host
        isSecure = certificate != nil
        certificateFile = certificate?.chainFile
    }

    /// `http://127.0.0.1:54321`, without a final slash.
    public var url: String { "\(isSecure ? "https" : "http")://127.0.0.1:\(port)" }

    /// `ws://127.0.0.1:54321`, without a final slash.
    public var webSocketURL: String { "\(isSecure ? "wss" : "ws")://127.0.0.1:\(port)" }

    /// What the application made at start.
    public var state: LifespanState { host.state }

    /// Connections that are open, of any kind.
    public var connections: Int { host.statistics.connections }

    /// Opens a connection, with TLS where the server has it, trusting its certificate alone.
    public func connect(receiveBuffer: Int? = nil) async throws -> ClientConnection {
        let security = certificateFile.map { ClientConnection.Security(trust: .file($0)) }
        return try await ClientConnection(port: port, security: security, receiveBuffer: receiveBuffer)
    }

    /// Opens a connection for requests.
    public func http() async throws -> HTTPClient {
        HTTPClient(try await connect())
    }

    /// Opens a connection and asks for a WebSocket on it; with `deflate`, for one that compresses.
    public func webSocket(
        _ target: String, subprotocols: [String] = [], headers: HTTPFields = [:], deflate: Bool = false
    ) async throws -> WebSocketClient {
        try await WebSocketClient(
            try await connect(), target, subprotocols: subprotocols, headers: headers, deflate: deflate)
    }

    /// Stops as a server does that is told to: drains, then runs the lifespan's end.
    ///
    /// - Returns: whether every connection ended by itself.
    @discardableResult
    public func stop(within limit: Duration = .seconds(5)) async -> Bool {
        await server.shutdown(within: limit)
    }
}

/// Runs a test's body with a live server, and stops it whatever the body does.
public func withLiveServer<Result>(
    _ router: ProtocolTypeRouter, certificate: TLSConfiguration.Certificate? = nil, state: LifespanState? = nil,
    configuration: ServerConfiguration = ServerConfiguration(), logger: Logger = Logger(label: "test"),
    _ body: (LiveServer) async throws -> Result
) async throws -> Result {
    let server = try await LiveServer(
        router, certificate: certificate, state: state, configuration: configuration, logger: logger)
    do {
        let result = try await body(server)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}
