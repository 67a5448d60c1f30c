// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceModels
import SluiceSQLite
import TestProcesses
import Testing

@Suite("Processes that end in the middle", .timeLimit(.minutes(3)), .serialized)
struct CrashTests {
    @Test("kill -9 in the middle of 10,000 transactions: what was said to be committed is there, and no half of one")
    func killed() async throws {
        try await ShopProcess.with { shop in
            let path = shop.file("db.sqlite3")
            // Early, with the first tables just made, and when the log has been moved into the file many times.
            for last in [100, 300, 4_000] {
                let process = try shop.start("sell", "--database", "sqlite:\(path)", "--count", "10000")
                _ = try await process.captured("sales", within: .seconds(60)) {
                    $0.contains("sold \(last)\n") ? "" : nil
                }
                try await process.send(signal: SIGKILL)
                #expect(try await process.exitStatus() == 128 + SIGKILL)
                await process.stop()
                let sold = process.output.matches(of: #/sold (\d+)\n/#).count
                let counts = try await self.counts(path)
                #expect(counts.pairs >= sold, "\(sold) were acknowledged, \(counts.pairs) are there")
                // One more may have been committed before it could be said.
                #expect(counts.pairs <= sold + 1)
                #expect(counts.rows == 2 * counts.pairs)
                #expect(counts.integrity == "ok")
                for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
            }
        }
    }

    private func counts(_ path: String) async throws -> (rows: Int64, pairs: Int64, integrity: String) {
        let database = Database(schema: try Schema([]), driver: SQLiteDriver(path: path))
        func first<T: Sendable>(_ sql: String, _ read: @Sendable @escaping (RowReader) -> T) async throws -> T? {
            try await database.run(Statement(sql: sql), writing: true) { try $0.next() ? read($0) : nil }
        }
        let rows = try await first("SELECT COUNT(*) FROM shop_sale") { $0.int(0) }
        let pairs = try await first(
            "SELECT COUNT(*) FROM (SELECT number FROM shop_sale GROUP BY number HAVING COUNT(*) = 2)"
        ) { $0.int(0) }
        let integrity = try await first("PRAGMA integrity_check") { $0.text(0) }
        await database.close()
        return (rows ?? -1, pairs ?? -1, integrity ?? "")
    }
}
