// SPDX-License-Identifier: Apache-2.0

import COpenSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A configuration that has been loaded and found good: what every connection of a server, or of a client, shares.
/// Making one reads files; keep it and make one ``TLSEngine`` or ``TLSHandler`` of it per connection.
public final class TLSContext: Sendable {
    /// What OpenSSL and its callbacks hold pointers into; lives as long as this object, which every engine retains.
    private struct Parts {
        /// The first is the default, the others belong to it by SNI.
        var contexts: [SSLContext]
        var protocols: ApplicationProtocols
        var names: ServerNames
        var ticketKeys: TicketKeys?
        var statuses: [StapledResponse] = []
        /// The certificates that a server shows, by context, in PEM.
        var certificates: [OpaquePointer: String] = [:]
    }

    /// nonisolated(unsafe): nothing changes after `init`, and an `SSL_CTX` that is no longer configured may be used
    /// from any thread (openssl-threads(7): reference counts and sessions are locked or atomic inside).
    private nonisolated(unsafe) let parts: Parts

    let isServer: Bool
    /// Whether a client checks the server's certificate, so that it must know the server's name.
    let verifiesServer: Bool

    /// The context that a connection begins with.
    var pointer: OpaquePointer { parts.contexts[0].pointer }

    /// Loads and checks a server's configuration.
    ///
    /// - Throws: ``TLSError`` that names the file and the cause: ``TLSError/Code/noCertificate``, `fileNotFound`,
    ///   `fileInaccessible`, `fileEmpty`, `notPEM`, `certificateExpired`, `certificateNotYetValid`, `keyMismatch`,
    ///   `keyEncrypted`, `invalidConfiguration`.
    public convenience init(_ configuration: TLSConfiguration) throws(TLSError) {
        try self.init(configuration, ticketKeys: TicketKeys())
    }

    /// - Parameters:
    ///   - ticketKeys: Those of the context that this one replaces, so that sessions outlive it.
    ///   - now: Unix time in seconds that the certificates must be valid at.
    init(
        _ configuration: TLSConfiguration, ticketKeys: TicketKeys = TicketKeys(), now: Int64 = Int64(time(nil))
    ) throws(TLSError) {
        guard !configuration.certificates.isEmpty else {
            throw TLSError(.noCertificate, "a TLS server needs a certificate and its key")
        }
        let protocols = try ApplicationProtocols(configuration.applicationProtocols)
        let names = ServerNames()
        let clients = try ClientVerification(configuration)
        var contexts: [SSLContext] = []
        var certificates: [OpaquePointer: String] = [:]
        var statuses: [StapledResponse] = []
        for pair in configuration.certificates {
            let context = try SSLContext(server: true, minimumVersion: configuration.minimumVersion)
            let leaf = try context.use(pair, now: now)
            try clients.apply(to: context)
            // Unretained, and kept by `parts`.
            context.useTickets(sealedWith: ticketKeys, sessionName: clients.sessionName)
            certificates[context.pointer] = TLSCertificate(leaf).pem
            if let file = pair.statusFile {
                let status = try StapledResponse(file: file, for: leaf)
                statuses.append(status)
                copenssl_CTX_set_status_callback(
                    context.pointer, stapleStatus, Unmanaged.passUnretained(status).toOpaque())
            }
            // Each context, because after a switch by SNI OpenSSL asks the new one.
            // Unretained: `parts` keeps it as long as the contexts, and every connection keeps this object.
            if !protocols.isEmpty {
                SSL_CTX_set_alpn_select_cb(
                    context.pointer, selectApplicationProtocol, Unmanaged.passUnretained(protocols).toOpaque())
            }
            names.add(leaf.alternativeNames().dns, context: context.pointer)
            contexts.append(context)
        }
        // Unretained, and kept by `parts` too.
        copenssl_CTX_set_servername_callback(
            contexts[0].pointer, selectCertificate, Unmanaged.passUnretained(names).toOpaque())
        parts = Parts(
            contexts: contexts, protocols: protocols, names: names, ticketKeys: ticketKeys, statuses: statuses,
            certificates: certificates)
        isServer = true
        verifiesServer = false
    }

    /// The certificate that a connection's context shows, in PEM.
    func certificate(of context: OpaquePointer?) -> String? { context.flatMap { parts.certificates[$0] } }

    private init(client context: SSLContext, protocols: ApplicationProtocols, verifiesServer: Bool) {
        parts = Parts(contexts: [context], protocols: protocols, names: ServerNames())
        isServer = false
        self.verifiesServer = verifiesServer
    }

    /// A context for connections that we open.
    ///
    /// - Parameters:
    ///   - trust: Whom to trust; the server's certificate must also be for the name given to the engine or handler.
    ///   - applicationProtocols: What is offered by ALPN, most wanted first; empty offers nothing.
    ///   - certificate: Shown to servers that ask for one.
    ///   - minimumVersion: The oldest version that is spoken.
    /// - Throws: ``TLSError`` as for a server.
    public static func client(
        trust: TLSTrust = .system,
        applicationProtocols: [String] = [],
        certificate: TLSConfiguration.Certificate? = nil,
        minimumVersion: TLSVersion = .tls12
    ) throws(TLSError) -> TLSContext {
        let context = try SSLContext(server: false, minimumVersion: minimumVersion)
        let protocols = try ApplicationProtocols(applicationProtocols)
        switch trust {
        case .system:
            guard SSL_CTX_set_default_verify_paths(context.pointer) == 1 else {
                throw TLSError(.invalidConfiguration, "the system's trusted certificates cannot be loaded")
            }
        case .file(let path):
            try context.trust(PEMFile(path: path).certificates(), of: path, namedToClients: false)
        case .unverified: break
        }
        SSL_CTX_set_verify(context.pointer, trust == .unverified ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nil)
        if let certificate { _ = try context.use(certificate, now: Int64(time(nil))) }
        if !protocols.isEmpty {
            let list = protocols.wireForm
            // Unlike the rest of OpenSSL this function returns 0 for success.
            guard SSL_CTX_set_alpn_protos(context.pointer, list, UInt32(list.count)) == 0 else {
                throw TLSError(.invalidConfiguration, "OpenSSL refuses the list of application protocols")
            }
        }
        return TLSContext(client: context, protocols: protocols, verifiesServer: trust != .unverified)
    }
}
