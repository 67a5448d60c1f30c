// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension ServerConfiguration {
    /// How many connections, how fast they come, and what they hold together.
    ///
    /// A plain connection over a limit is answered with 503 and closed, one that would have to do a TLS handshake first
    /// is closed.
    public struct ConnectionLimits: Sendable {
        /// Open connections of all kinds; `nil`, the default, for what the system's limit of descriptors leaves when
        /// an eighth of them (32 at least, 256 at most) is kept for everything else.
        public var total: Int?
        /// Open connections of one IPv4 address or one IPv6 network (/64). Default 0: any number, as behind a proxy
        /// all come from one address.
        public var perAddress = 0
        /// New connections a second from one address, counted as for ``perAddress``. Default 0: any number.
        public var connectRate = 0
        /// Requests and WebSockets at once of one user, who is told by ``user``; over it 429. Default 0: any number.
        public var perUser = 0
        /// Who a request comes from, as the server can see it before any middleware: from a cookie or a token of the
        /// scope, say. `nil` for nobody in particular. Called on the event loop, so it must be quick.
        public var user: (@Sendable (Scope) -> String?)?
        /// Bytes that all connections hold together: responses and messages that are not read, bodies that are not
        /// taken, requests and messages that are not whole. Default 512 MiB; 0: no limit.
        ///
        /// It is looked at once a second. Over it, those that hold the most for the longest are cut (WebSockets with
        /// close 1013), and new connections and WebSockets get 503.
        public var bytes = 512 << 20

        /// The defaults.
        public init() {}

        /// Connections that may be open.
        var openLimit: Int {
            if let total { return total }
            var limit = rlimit()
            guard getrlimit(descriptorLimit, &limit) == 0, limit.rlim_cur < UInt64(Int32.max) else { return .max }
            let descriptors = Int(limit.rlim_cur)
            return max(1, descriptors - min(256, max(32, descriptors / 8)))
        }
    }
}

#if canImport(Glibc)
private let descriptorLimit = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
#else
private let descriptorLimit = RLIMIT_NOFILE
#endif
