// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import Logging
public import SluiceServer
import SluiceTLS

/// The options of `serve` that every application has. Each can be set by the environment variable named in its help.
public struct ServerOptions: ParsableArguments, Sendable {
    /// Listen addresses.
    @Option(
        help: ArgumentHelp(
            "Listen address; repeatable (SLUICE_HOST, default 127.0.0.1).",
            discussion: """
                A name or address (:: takes IPv4 too), unix:PATH, or fd:NUMBER for a socket that the parent has bound; \
                https+unix:PATH and https+fd:NUMBER with TLS. Without it, the sockets that systemd hands down.
                """))
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

    /// What authorities say about the certificates.
    @Option(
        name: .customLong("tls-ocsp"),
        help:
            "DER file with the OCSP response for the certificate, to be stapled; repeatable, in the order of --tls-cert."
    )
    public var tlsOCSP: [String] = []

    /// Authorities of client certificates.
    @Option(name: .customLong("tls-client-ca"), help: "PEM file with the authorities of client certificates.")
    public var tlsClientCA: String?

    /// Whether clients are asked for a certificate.
    @Option(help: "Whether clients are asked for a certificate: none, request or require.")
    public var tlsClientAuth: ClientAuthentication = .none

    /// Whether the next process may start before this one stops.
    @Flag(help: "Share addresses with another process of the same user, for a restart that refuses nobody.")
    public var reusePort = false

    /// Permissions of unix sockets.
    @Option(help: "Permissions of unix sockets, in octal.")
    public var socketMode = "660"

    #if HTTP2
    /// Whether HTTP/2 is left out of ALPN.
    @Flag(name: .customLong("no-http2"), help: "Speak HTTP/1.1 alone over TLS.")
    public var noHTTP2 = false

    /// Whether HTTP/2 is spoken without TLS.
    @Flag(
        name: .customLong("http2-prior-knowledge"),
        help: "Speak HTTP/2 on plain ports too, to clients that begin with it.")
    public var http2PriorKnowledge = false
    #endif

    /// How long a stop may take.
    @Option(help: "Seconds that a graceful stop may take.")
    public var drainSeconds = 10

    /// How long listeners stay open when a stop begins.
    @Option(help: "Seconds that listeners stay open, not ready, before a stop begins.")
    public var drainDelay = 0

    /// How many WebSockets are closed at once when a stop begins.
    @Option(help: "WebSockets closed at once in a graceful stop; more, where there are too many for half of its time.")
    public var drainBatch = ServerConfiguration.Draining().batchSize

    /// The time between two batches.
    @Option(help: "Milliseconds from one batch of closed WebSockets to the next; 0: all at once.")
    public var drainInterval = ServerConfiguration.Draining().batchInterval

    /// What is logged.
    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    public var logLevel: Logger.Level = .info

    /// Whether requests are logged.
    @Flag(help: "Log every request and every WebSocket's end.")
    public var accessLog = false

    /// Event loops.
    @Option(help: "Event loops (default: one a core).")
    public var threads: Int?

    /// Proxies before the server.
    @OptionGroup public var proxies: ProxyOptions

    /// The defaults.
    public init() {}

    /// Checks what belongs together.
    public func validate() throws {
        guard tlsCert.count == tlsKey.count else {
            throw ValidationError(
                "--tls-cert and --tls-key come in pairs: \(tlsCert.count) certificates, \(tlsKey.count) keys")
        }
        guard tlsOCSP.count <= tlsCert.count else {
            throw ValidationError(
                "--tls-ocsp belongs to --tls-cert: \(tlsOCSP.count) responses, \(tlsCert.count) certificates")
        }
        for port in [port, tlsPort].compactMap({ $0 }) where !(-1...65_535).contains(port) {
            throw ValidationError("the port \(port) is not between 0 and 65535")
        }
        guard drainSeconds >= 0, drainDelay >= 0 else { throw ValidationError("seconds are not negative") }
        guard drainBatch > 0 else { throw ValidationError("--drain-batch is at least 1") }
        guard drainInterval >= 0 else { throw ValidationError("--drain-interval is not negative") }
        guard let mode = UInt16(socketMode, radix: 8), mode <= 0o777 else {
            throw ValidationError("--socket-mode is an octal number up to 777")
        }
        if let threads, !(1...1_024).contains(threads) { throw ValidationError("--threads is between 1 and 1024") }
        if tlsClientAuth != .none, tlsClientCA == nil {
            throw ValidationError("--tls-client-auth \(tlsClientAuth.rawValue) needs --tls-client-ca")
        }
    }

    /// The listeners that the options ask for, or that systemd hands down; a development certificate is made where none
    /// is given.
    ///
    /// - Throws: `TLSError` that names the file and the cause, ``SettingError``.
    public func listeners() throws -> [Listener] {
        let addresses = try listenAddresses()
        let hosts = addresses.compactMap { if case .host(let name) = $0 { name } else { nil } }
        let plain = try port ?? Environment.number("SLUICE_PORT") ?? 8000
        let secure = try tlsPort ?? Environment.number("SLUICE_TLS_PORT") ?? (tlsCert.isEmpty ? -1 : 8443)
        let needsTLS = secure >= 0 && !hosts.isEmpty || addresses.contains { $0.isSecure }
        let store = needsTLS ? try TLSContextStore(tlsConfiguration()) : nil
        var listeners: [Listener] = []
        if plain >= 0 { listeners += hosts.map { Listener(.tcp(host: $0, port: plain)) } }
        if secure >= 0 { listeners += hosts.map { Listener(.tcp(host: $0, port: secure), tls: store) } }
        for address in addresses {
            switch address {
            case .host: break
            case .unix(let path, let isSecure):
                listeners.append(Listener(.unix(path: path), tls: isSecure ? store : nil))
            case .descriptor(let number, let isSecure):
                listeners.append(Listener(.descriptor(number), tls: isSecure ? store : nil))
            }
        }
        guard !listeners.isEmpty else { throw SettingError("nothing to listen on: --port and --tls-port are both off") }
        let mode = UInt16(socketMode, radix: 8) ?? 0
        // `::` alone takes IPv4 too.
        let hasIPv4 = hosts.contains("0.0.0.0")
        return listeners.map { listener in
            var listener = listener
            listener.isShared = reusePort
            listener.socketMode = mode
            if case .tcp("::", _) = listener.address { listener.isIPv6Only = hasIPv4 }
            return listener
        }
    }

    /// Sets what has an option here.
    ///
    /// - Throws: `ServerError` for an address or path that is none.
    public func apply(to configuration: inout ServerConfiguration) throws {
        configuration.accessLog = accessLog
        configuration.draining.batchSize = drainBatch
        configuration.draining.batchInterval = drainInterval
        #if HTTP2
        if http2PriorKnowledge { configuration.http2.priorKnowledge = true }
        #endif
        try proxies.apply(to: &configuration)
    }

    private func listenAddresses() throws -> [ListenAddress] {
        let given = host.isEmpty ? Environment.text("SLUICE_HOST").map { [$0] } ?? [] : host
        if !given.isEmpty { return try given.map { try ListenAddress($0) } }
        let inherited = ListenAddress.inherited(Environment.all, process: Environment.processIdentifier)
        return inherited.isEmpty ? [.host("127.0.0.1")] : inherited
    }

    private func tlsConfiguration() throws -> TLSConfiguration {
        var certificates = zip(tlsCert, tlsKey).map { TLSConfiguration.Certificate(chainFile: $0, keyFile: $1) }
        for (index, file) in tlsOCSP.enumerated() { certificates[index].statusFile = file }
        if certificates.isEmpty { certificates = [try DevelopmentCertificate.ensure(at: ".data/localhost.pem")] }
        var configuration = TLSConfiguration(certificates: certificates)
        configuration.clientCAFile = tlsClientCA
        configuration.clientAuthentication = TLSConfiguration.ClientAuthentication(tlsClientAuth)
        #if HTTP2
        if noHTTP2 { configuration.applicationProtocols.removeAll { $0 == "h2" } }
        #endif
        return configuration
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
