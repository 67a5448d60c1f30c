// SPDX-License-Identifier: Apache-2.0

/// Where a database is: `sqlite::memory:`, `sqlite:PATH`, `postgresql://user:password@host:port/name`.
///
/// Behind a `?`, separated by `&`, stand settings: `pool_max=LINKS`, `pool_min=LINKS` and `pool_wait=SECONDS` of
/// ``PoolSettings``, and the backend's own ones.
public struct DatabaseURL: Sendable, Hashable, CustomStringConvertible {
    /// What stands before the first colon, in small letters.
    public let scheme: String
    /// The whole URL without the pool's settings, as backends read it.
    public let text: String
    /// The settings of its pool.
    public let pool: PoolSettings

    /// Reads an URL; throws `ModelError` with the code `.value` for one that is none.
    public init(_ url: String) throws {
        guard let colon = url.firstIndex(of: ":"), colon > url.startIndex,
            url[..<colon].utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }),
            !url.utf8.contains(0)
        else { throw ModelError(.value, "a database is named by an URL such as sqlite:PATH or postgresql://HOST/NAME") }
        scheme = url[..<colon].lowercased()
        var pool = PoolSettings()
        var text = url
        if let mark = url.firstIndex(of: "?") {
            let others = try url[url.index(after: mark)...].split(separator: "&").filter { setting in
                let parts = setting.split(separator: "=", maxSplits: 1)
                return try !pool.take(parts.first ?? "", parts.count == 2 ? parts[1] : "")
            }
            text = String(url[..<mark]) + (others.isEmpty ? "" : "?" + others.joined(separator: "&"))
        }
        if let maximum = pool.maximum { pool.minimum = min(pool.minimum, maximum) }
        self.text = text
        self.pool = pool
    }

    /// What stands behind the scheme: a path, or the rest of the URL.
    public var rest: Substring { text[text.index(after: text.firstIndex(of: ":") ?? text.startIndex)...] }

    /// The URL as a log may show it: without a password, and without settings, which may hold one too.
    public var description: String {
        var rest = rest
        var user = ""
        if scheme != "sqlite", let at = rest.lastIndex(of: "@") {
            let slashes = rest.hasPrefix("//") ? "//" : ""
            let name = rest[..<at].dropFirst(slashes.count)
            user = slashes + name[..<(name.firstIndex { ":/?@".contains($0) } ?? name.endIndex)] + "@"
            rest = rest[rest.index(after: at)...]
        }
        return "\(scheme):\(user)\(rest[..<(rest.firstIndex(of: "?") ?? rest.endIndex)])"
    }
}

/// A kind of database that an URL can name: `.sqlite` of `SluiceSQLite`, `.postgreSQL` of `SluicePostgreSQL`.
public struct DatabaseBackend: Sendable {
    /// The schemes of its URLs, such as `sqlite`.
    public let schemes: [String]
    /// Makes a driver, which does not connect yet. Throws `ModelError` for an URL that it cannot use.
    public let driver: @Sendable (DatabaseURL) throws -> any DatabaseDriver

    /// A backend.
    public init(schemes: [String], driver: @escaping @Sendable (DatabaseURL) throws -> any DatabaseDriver) {
        self.schemes = schemes
        self.driver = driver
    }
}
