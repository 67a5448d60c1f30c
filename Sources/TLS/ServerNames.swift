// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// Which certificate a host name gets (SNI, RFC 6066 §3). Filled once, before the first connection.
final class ServerNames {
    private var exact: [String: OpaquePointer] = [:]
    /// By what follows the `*.`.
    private var wildcards: [String: OpaquePointer] = [:]

    /// The first context to claim a name keeps it.
    func add(_ names: [String], context: OpaquePointer) {
        for name in names.map({ $0.lowercased() }) {
            if name.hasPrefix("*.") {
                let domain = String(name.dropFirst(2))
                if wildcards[domain] == nil { wildcards[domain] = context }
            } else if exact[name] == nil {
                exact[name] = context
            }
        }
    }

    func context(for serverName: String) -> OpaquePointer? {
        var name = serverName.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        if let context = exact[name] { return context }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return nil }
        return wildcards[String(name[name.index(after: dot)...])]
    }
}

/// Called by OpenSSL with the unretained `ServerNames` as its argument.
func selectCertificate(
    ssl: OpaquePointer?, alert: UnsafeMutablePointer<Int32>?, argument: UnsafeMutableRawPointer?
) -> Int32 {
    guard let argument, let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) else {
        return SSL_TLSEXT_ERR_NOACK
    }
    let names = Unmanaged<ServerNames>.fromOpaque(argument).takeUnretainedValue()
    // An unknown name gets the default certificate: the client then sees whom it has reached, and decides.
    guard let context = names.context(for: String(cString: name)) else { return SSL_TLSEXT_ERR_NOACK }
    SSL_set_SSL_CTX(ssl, context)
    return SSL_TLSEXT_ERR_OK
}
