// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
public import SluiceModels

/// A PostgreSQL database: links to it, each leased to one task at a time.
public final class PostgreSQLDriver: DatabaseDriver {
    /// PostgreSQL's.
    public let dialect: any Dialect = PostgreSQLDialect()
    private let pool: ConnectionPool<any DatabaseConnection>

    /// A server by libpq's connection string or URI.
    ///
    /// Connecting takes at most 5 s, and a server that is silent for 30 s is given up, if the string says nothing else
    /// (`connect_timeout`, `tcp_user_timeout`).
    /// - Parameter pool: the links; default at most 10.
    public init(location: String, pool: PoolSettings = PoolSettings()) {
        self.pool = ConnectionPool(size: pool.maximum ?? 10, patience: pool.patience) {
            try await PostgreSQLConnection(location: location)
        }
    }

    /// A link.
    ///
    /// Those that the server has left since they were used last, as in a restart, are replaced first.
    public func lease(writing: Bool) async throws -> any DatabaseConnection {
        while true {
            let connection = try await pool.lease()
            guard let link = connection as? PostgreSQLConnection, link.hasNews else { return connection }
            await link.close()
            pool.giveBack(connection, isBroken: true)
        }
    }

    /// Takes a link back; one that the server has left is ended.
    public func giveBack(_ connection: any DatabaseConnection, writing: Bool) async {
        guard let link = connection as? PostgreSQLConnection else { return }
        let isBroken = await link.isBroken
        if isBroken { await link.close() }
        pool.giveBack(connection, isBroken: isBroken)
    }

    /// Ends all links.
    public func close() async {
        for connection in pool.close() { await (connection as? PostgreSQLConnection)?.close() }
    }
}

extension DatabaseBackend {
    /// `postgresql://user:password@host:port/name` and `postgres://…`, with libpq's settings behind a `?`.
    public static let postgreSQL = DatabaseBackend(schemes: ["postgresql", "postgres"]) { url in
        guard url.rest.hasPrefix("//") else {
            throw ModelError(.value, "the database '\(url)' is not 'postgresql://user:password@host:port/name'")
        }
        return PostgreSQLDriver(location: "postgresql:\(url.rest)", pool: url.pool)
    }
}
#endif
