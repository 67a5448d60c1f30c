// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import SluiceServer

/// The options of `serve` about the proxies before the server.
public struct ProxyOptions: ParsableArguments, Sendable {
    /// Whose forwarded fields are believed.
    @Option(
        help: ArgumentHelp(
            "Proxy whose Forwarded and X-Forwarded-… fields are believed; repeatable (default nobody).",
            discussion: "An address, a range such as 10.0.0.0/8, unix for all unix sockets, or * for everybody.",
            valueName: "address"))
    public var trustedProxy: [String] = []

    /// Where the application is mounted.
    @Option(help: "Path that the application is mounted under (SLUICE_ROOT_PATH, default none).")
    public var rootPath: String?

    /// Whether answers name the server.
    @Flag(inversion: .prefixedNo, help: "Send the Server field.")
    public var serverHeader = true

    /// The defaults.
    public init() {}

    /// Checks the addresses and the path.
    public func validate() throws {
        var configuration = ServerConfiguration()
        do {
            try apply(to: &configuration)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func apply(to configuration: inout ServerConfiguration) throws {
        configuration.trustedProxies = try TrustedProxies(trustedProxy)
        if let path = rootPath ?? Environment.text("SLUICE_ROOT_PATH") { try configuration.setRootPath(path) }
        if !serverHeader { configuration.serverName = nil }
    }
}
