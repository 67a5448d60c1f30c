// SPDX-License-Identifier: Apache-2.0

public import SluiceTLS

/// Where a Redis server is, and how to sign in there.
///
/// - `redis://[[user]:password@]host[:port][/database]`, port 6379 and database 0 by default
/// - `rediss://…`: the same over TLS, the server's certificate verified
/// - `unix:PATH` or `unix://[[user]:password@]PATH`
///
/// User, password and path may be percent-encoded. Behind a `?` come settings, as in a query: `ca=FILE` names the
/// authorities that are trusted (PEM) and `db=N` the database, both for every form; the rest is the broker's.
public struct RedisURL: Sendable, Hashable {
    /// What to connect to.
    public enum Address: Sendable, Hashable {
        /// A host name or IP address (without brackets), and a port.
        case tcp(host: String, port: Int)
        /// A socket's path.
        case unix(path: String)
    }

    /// What to connect to.
    public var address: Address
    /// Whom to trust; `nil` for a connection without TLS.
    public var trust: TLSTrust?
    /// The user of Redis' access control list; `nil` for the default one.
    public var user: String?
    /// The password; `nil` where none is needed.
    public var password: String?
    /// The number of the database; publishing and subscribing know no databases.
    public var database: Int
    /// The settings behind the `?` that are not the address's.
    public var options: [String: String]

    /// A server on an address.
    public init(_ address: Address) {
        self.address = address
        database = 0
        options = [:]
    }

    /// From text.
    ///
    /// - Throws: ``RedisError`` with `invalidURL`; the password is not in its description.
    public init(_ text: String) throws(RedisError) {
        guard let colon = text.firstIndex(of: ":") else { throw Self.invalid("there is no scheme") }
        let scheme = text[..<colon]
        var rest = text[text.index(after: colon)...]
        var query: [String: String] = [:]
        if let mark = rest.firstIndex(of: "?") {
            query = try Self.query(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        let hasAuthority = rest.hasPrefix("//")
        if hasAuthority { rest = rest.dropFirst(2) }
        var credentials: Substring?
        if hasAuthority, let mark = rest.lastIndex(of: "@") {
            credentials = rest[..<mark]
            rest = rest[rest.index(after: mark)...]
        }
        switch scheme {
        case "unix":
            let path = try Self.decoded(rest)
            guard !path.isEmpty, path.utf8.count < 104 else {
                throw Self.invalid("a socket's path has 1 to 103 bytes")
            }
            self.init(.unix(path: path))
        case "redis", "rediss":
            guard hasAuthority else { throw Self.invalid("'//' is missing behind '\(scheme):'") }
            let (host, port, database) = try Self.place(rest)
            self.init(.tcp(host: host, port: port))
            self.database = database
            if scheme == "rediss" { trust = .system }
        default:
            throw Self.invalid("the scheme '\(scheme)' is not redis, rediss or unix")
        }
        if let credentials { try setCredentials(credentials) }
        if let file = query.removeValue(forKey: "ca") {
            guard trust != nil else { throw Self.invalid("'ca' is for rediss: alone") }
            trust = .file(file)
        }
        if let number = query.removeValue(forKey: "db") { database = try Self.database(Substring(number)) }
        options = query
    }

    /// The URL without what is secret.
    public var name: String {
        switch address {
        case .tcp(let host, let port):
            "\(trust == nil ? "redis" : "rediss")://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(database)"
        case .unix(let path): "unix:\(path)"
        }
    }

    private static func invalid(_ reason: String) -> RedisError {
        RedisError(.invalidURL, "no URL of a Redis server: \(reason)")
    }

    private mutating func setCredentials(_ text: Substring) throws(RedisError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Self.invalid("a user without a password; write ':password@' for no user") }
        let user = try Self.decoded(parts[0])
        self.user = user.isEmpty ? nil : user
        password = try Self.decoded(parts[1])
    }

    private static func place(_ text: Substring) throws(RedisError) -> (host: String, port: Int, database: Int) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let number = parts.count == 2 && !parts[1].isEmpty ? try database(parts[1]) : 0
        var (host, port) = (parts[0], 6379)
        let lastColon = host.lastIndex(of: ":")
        if let lastColon, !host.hasPrefix("[") || host[..<lastColon].hasSuffix("]") {
            guard let given = UInt16(host[host.index(after: lastColon)...]), given > 0 else {
                throw invalid("a port is a number from 1 to 65535")
            }
            port = Int(given)
            host = host[..<lastColon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.contains(where: { "[]@ ".contains($0) }) else { throw invalid("the host is none") }
        return (host.isEmpty ? "localhost" : String(host), port, number)
    }

    private static func database(_ text: Substring) throws(RedisError) -> Int {
        guard let number = UInt16(text) else { throw invalid("a database is a number") }
        return Int(number)
    }

    private static func query(_ text: Substring) throws(RedisError) -> [String: String] {
        var fields: [String: String] = [:]
        for field in text.split(separator: "&") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw invalid("'\(field)' is no setting NAME=VALUE") }
            let name = try decoded(parts[0])
            guard fields.updateValue(try decoded(parts[1]), forKey: name) == nil else {
                throw invalid("'\(name)' is set twice")
            }
        }
        return fields
    }

    private static func decoded(_ text: Substring) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 else {
                throw invalid("a '%' without two hexadecimal digits behind it")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw invalid("it is no UTF-8") }
        return text
    }
}
