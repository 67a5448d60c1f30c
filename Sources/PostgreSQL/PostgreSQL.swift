// SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
package import SluiceModels

/// A PostgreSQL database: links to it, each leased to one task at a time.
package final class PostgreSQLDriver: DatabaseDriver {
    package let dialect: any Dialect = PostgreSQLDialect()
    private let pool: ConnectionPool<any DatabaseConnection>

    /// A server by libpq's connection string or URI; at most `size` links.
    package init(location: String, size: Int = 10) {
        pool = ConnectionPool(size: size) { try await PostgreSQLConnection(location: location) }
    }

    package func lease(writing: Bool) async throws -> any DatabaseConnection { try await pool.lease() }

    package func giveBack(_ connection: any DatabaseConnection, writing: Bool) async {
        guard let link = connection as? PostgreSQLConnection else { return }
        let isBroken = await link.isBroken
        if isBroken { await link.close() }
        pool.giveBack(connection, isBroken: isBroken)
    }

    package func close() async {
        for connection in pool.close() { await (connection as? PostgreSQLConnection)?.close() }
    }
}
#endif
