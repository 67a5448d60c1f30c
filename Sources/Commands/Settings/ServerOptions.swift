// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import Logging
public import SluiceServer
import SluiceTLS

/// The options of `serve` that every application has. Each can be set by the environment variable named in its help.
public struct ServerOptions: ParsableArguments, Sendable {
    /// Listen addresses.
    @Option(help: "Listen address; repeatable (SLUICE_HOST, default 127.0.0.1).")
    public var host: [String] = []

    /// The port of plain HTTP.
    @Option(
        parsing: .unconditional, help: "Port of plain HTTP and ws; 0 picks one, -1 none (SLUICE_PORT, default 8000).")
    public var port: Int?

    /// The port of HTTPS.
    @Option(
        parsing: .unconditional,
        help: "Port of HTTPS and wss (SLUICE_TLS_PORT, default none; 8443 when a certificate is given).")
    public var tlsPort: Int?

    /// Certificate chains.
    @Option(help: "PEM file with the certificate chain; repeatable in pairs with --tls-key, then chosen by SNI.")
    public var tlsCert: [String] = []

    /// Private keys.
    @Option(help: "PEM file with the private key.")
    public var tlsKey: [String] = []

    /// Authorities of client certificates.
    @Option(name: .customLong("tls-client-ca"), help: "PEM file with the authorities of client certificates.")
    public var tlsClientCA: String?

    /// Whether clients are asked for a certificate.
    @Option(help: "Whether clients are asked for a certificate: none, request or require.")
    public var tlsClientAuth: ClientAuthentication = .none

    /// How long a stop may take.
    @Option(help: "Seconds that a graceful stop may take.")
    public var drainSeconds = 10

    /// How long listeners stay open when a stop begins.
    @Option(help: "Seconds that listeners stay open, not ready, before a stop begins.")
    public var drainDelay = 0

    /// What is logged.
    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    public var logLevel: Logger.Level = .info

    /// Whether requests are logged.
    @Flag(help: "Log every request and every WebSocket's end.")
    public var accessLog = false

    /// Event loops.
    @Option(help: "Event loops (default: one a core).")
    public var threads: Int?

    /// The defaults.
    public init() {}

    /// Checks what belongs together.
    public func validate() throws {
        guard tlsCert.count == tlsKey.count else {
            throw ValidationError(
                "--tls-cert and --tls-key come in pairs: \(tlsCert.count) certificates, \(tlsKey.count) keys")
        }
        for port in [port, tlsPort].compactMap({ $0 }) where !(-1...65_535).contains(port) {
            throw ValidationError("the port \(port) is not between 0 and 65535")
        }
        guard drainSeconds >= 0, drainDelay >= 0 else { throw ValidationError("seconds are not negative") }
        if let threads, !(1...1_024).contains(threads) { throw ValidationError("--threads is between 1 and 1024") }
        if tlsClientAuth != .none, tlsClientCA == nil {
            throw ValidationError("--tls-client-auth \(tlsClientAuth.rawValue) needs --tls-client-ca")
        }
    }

    /// The listeners that the options ask for; a development certificate is made where none is given.
    ///
    /// - Throws: `TLSError` that names the file and the cause, ``SettingError``.
    public func listeners() throws -> [Listener] {
        let hosts = host.isEmpty ? [Environment.text("SLUICE_HOST") ?? "127.0.0.1"] : host
        let plain = try port ?? Environment.number("SLUICE_PORT") ?? 8000
        let secure = try tlsPort ?? Environment.number("SLUICE_TLS_PORT") ?? (tlsCert.isEmpty ? -1 : 8443)
        var listeners: [Listener] = []
        if plain >= 0 { listeners += hosts.map { Listener(.tcp(host: $0, port: plain)) } }
        if secure >= 0 {
            let store = TLSContextStore(try tlsContext())
            listeners += hosts.map { Listener(.tcp(host: $0, port: secure), tls: store) }
        }
        guard !listeners.isEmpty else { throw SettingError("nothing to listen on: --port and --tls-port are both off") }
        return listeners
    }

    /// Loads the certificates, again at every call.
    func tlsContext() throws -> TLSContext {
        var certificates = zip(tlsCert, tlsKey).map { TLSConfiguration.Certificate(chainFile: $0, keyFile: $1) }
        if certificates.isEmpty { certificates = [try DevelopmentCertificate.ensure(at: ".data/localhost.pem")] }
        var configuration = TLSConfiguration(certificates: certificates)
        configuration.clientCAFile = tlsClientCA
        configuration.clientAuthentication = TLSConfiguration.ClientAuthentication(tlsClientAuth)
        return try TLSContext(configuration)
    }
}

/// Whether clients are asked for a certificate, as an option's value.
public enum ClientAuthentication: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// They are not asked.
    case none
    /// They are asked, and may have none.
    case request
    /// Without a good certificate the handshake fails.
    case require
}

extension TLSConfiguration.ClientAuthentication {
    fileprivate init(_ option: ClientAuthentication) {
        switch option {
        case .none: self = .none
        case .request: self = .request
        case .require: self = .require
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
