// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceModels
import SluicePostgreSQL
import SluiceSQLite
import Synchronization
import TestProcesses
import Testing

@Suite("Faults of databases and of those who ask them", .timeLimit(.minutes(3)), .serialized)
struct FaultTests {
    private static let server = ProcessInfo.processInfo.environment["SLUICE_TEST_POSTGRESQL"]

    private final class Flag: Sendable {
        let isSet = Atomic(false)
    }

    @Test("A task that is cancelled in the middle of a statement ends it, and gives its link back (SQLite)")
    func cancelledSQLite() async throws {
        let database = Database(schema: try Schema([]), driver: SQLiteDriver(path: ":memory:"))
        let hasBegun = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
                try await database.run(Statement(sql: endless), writing: false) { reader in
                    while try reader.next() { hasBegun.isSet.store(true, ordering: .relaxed) }
                }
            }
            _ = try await eventually("a row") { hasBegun.isSet.load(ordering: .relaxed) ? true : nil }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        try await database.connect()
        await database.close()
    }

    @Test(
        "A task that is cancelled in the middle of a statement ends it, and gives its link back (PostgreSQL)",
        .enabled(if: server != nil, "no PostgreSQL was started for the tests"))
    func cancelledPostgreSQL() async throws {
        var pool = PoolSettings()
        pool.maximum = 1
        let schema = try Schema([])
        let database = Database(schema: schema, driver: PostgreSQLDriver(location: Self.server ?? "", pool: pool))
        let other = Database(schema: schema, driver: PostgreSQLDriver(location: Self.server ?? "", pool: pool))
        let sleep = Statement(sql: "SELECT pg_sleep(600)")
        for isTransaction in [false, true] {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    if isTransaction {
                        try await database.transaction { _ = try await database.execute(sleep) }
                    } else {
                        try await database.execute(sleep)
                    }
                }
                _ = try await eventually("the statement") {
                    let count = try await other.run(
                        Statement(
                            sql: "SELECT COUNT(*) FROM pg_stat_activity "
                                + "WHERE query = 'SELECT pg_sleep(600)' AND state = 'active'"), writing: false
                    ) { try $0.next() ? $0.int(0) : 0 }
                    return count == 1 ? true : nil
                }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
            // The pool has one link.
            try await database.connect()
        }
        await database.close()
        await other.close()
    }

    @Test("A thousand tasks on five links", arguments: EmptyDatabase.kinds)
    func crowd(_ kind: String) async throws {
        var pool = PoolSettings()
        pool.maximum = 5
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let driver: any DatabaseDriver =
            kind == "sqlite"
            ? SQLiteDriver(path: folder.appending(path: "db").path, pool: pool)
            : PostgreSQLDriver(location: Self.server ?? "", pool: pool)
        let database = Database(schema: try Schema([]), driver: driver)
        let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 1...1_000 {
                group.addTask {
                    try await database.run(Statement(sql: "SELECT \(number)"), writing: false) {
                        try $0.next() ? $0.int(0) : 0
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 500_500)
        await database.close()
    }

    private final class Load: Sendable {
        let done = Mutex<[Int64]>([])
        let failures = Mutex<[any Error]>([])
        let isOver = Atomic(false)
        private let last = Atomic<Int64>(0)

        func next() -> Int64 { last.add(1, ordering: .relaxed).newValue }

        func run(_ database: Database) async {
            while !isOver.load(ordering: .relaxed) {
                let number = next()
                do {
                    try await database.transaction {
                        for _ in 0..<2 {
                            try await database.execute(
                                Statement(sql: "INSERT INTO load (n) VALUES ($1)", binds: [.int(number)]))
                        }
                    }
                    done.withLock { $0.append(number) }
                } catch {
                    failures.withLock { $0.append(error) }
                    try? await Task.sleep(for: .milliseconds(20))
                }
            }
        }
    }

    @Test(
        "PostgreSQL restarted under load, in order and by a crash: clear errors, nothing lost, the pool heals",
        .enabled(if: server != nil, "there is no PostgreSQL on this machine"))
    func restarted() async throws {
        try await OwnPostgreSQL.with { server in
            var pool = PoolSettings()
            pool.maximum = 5
            let database = Database(
                schema: try Schema([]), driver: PostgreSQLDriver(location: server.location, pool: pool))
            try await database.execute(Statement(sql: "CREATE TABLE load (n bigint NOT NULL)"))
            let load = Load()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { await load.run(database) } }
                for signal in [SIGINT, SIGQUIT] {
                    let before = load.done.withLock { $0.count }
                    _ = try await eventually("work", within: .seconds(30)) {
                        load.done.withLock { $0.count } >= before + 100 ? true : nil
                    }
                    let failed = load.failures.withLock { $0.count }
                    try await server.stop(signal: signal)
                    _ = try await eventually("errors", within: .seconds(30)) {
                        load.failures.withLock { $0.count } > failed ? true : nil
                    }
                    try await server.start()
                    let after = load.done.withLock { $0.count }
                    _ = try await eventually("work again", within: .seconds(60)) {
                        load.done.withLock { $0.count } >= after + 100 ? true : nil
                    }
                }
                load.isOver.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }
            for failure in load.failures.withLock({ $0 }) {
                let error = failure as? ModelError
                #expect(error?.code == .operational && error?.message.isEmpty == false, "\(failure)")
            }
            let kept = try await database.run(
                Statement(sql: "SELECT n, COUNT(*) FROM load GROUP BY n"), writing: false
            ) { reader in
                var kept: [Int64: Int64] = [:]
                while try reader.next() { kept[reader.int(0)] = reader.int(1) }
                return kept
            }
            #expect(kept.values.allSatisfy { $0 == 2 })
            #expect(load.done.withLock { $0 }.allSatisfy { kept[$0] != nil })
            await database.close()
        }
    }

    @Test(
        "Links that ended while they were idle cost nobody an error",
        .enabled(if: server != nil, "no PostgreSQL was started for the tests"))
    func ended() async throws {
        let schema = try Schema([])
        let database = Database(schema: schema, driver: PostgreSQLDriver(location: Self.server ?? ""))
        let other = Database(schema: schema, driver: PostgreSQLDriver(location: Self.server ?? ""))
        let pid = try await database.run(Statement(sql: "SELECT pg_backend_pid()"), writing: false) {
            try $0.next() ? $0.int(0) : 0
        }
        try await other.execute(Statement(sql: "SELECT pg_terminate_backend(\(pid))"))
        _ = try await eventually("the end of the link") {
            let left = try await other.run(
                Statement(sql: "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = \(pid)"), writing: false
            ) { try $0.next() ? $0.int(0) : 1 }
            return left == 0 ? true : nil
        }
        try await database.connect()
        await database.close()
        await other.close()
    }
}

/// A PostgreSQL server that a test may stop.
final class OwnPostgreSQL {
    private let folder: URL
    private var process: ChildProcess?

    var location: String { "postgresql://sluice@/postgres?host=\(folder.path)" }

    private init(_ folder: URL) { self.folder = folder }

    static func with(_ body: (OwnPostgreSQL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let server = OwnPostgreSQL(folder)
        do {
            try await server.start()
            try await body(server)
            await server.process?.stop()
        } catch {
            await server.process?.stop()
            try? FileManager.default.removeItem(at: folder)
            throw error
        }
        try FileManager.default.removeItem(at: folder)
    }

    /// PostgreSQL refuses to run as root.
    private static let script = """
        set -e; cd "$1"; as=; bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
        if [ "$(id -u)" = 0 ]; then
            chown postgres "$1"; as="setpriv --reuid=postgres --regid=$(id -g postgres) --clear-groups"
        fi
        [ -d data ] || $as "$bin/initdb" --pgdata="$1/data" --username=sluice --auth=trust --encoding=UTF8 \\
            --locale=C.UTF-8 --no-sync
        exec $as "$bin/postgres" -D "$1/data" -k "$1" -c listen_addresses= -c fsync=off
        """

    func start() async throws {
        let process = try ChildProcess("sh", ["-c", Self.script, "sh", folder.path])
        self.process = process
        _ = try await process.captured("PostgreSQL", within: .seconds(60)) {
            $0.contains("ready to accept connections") ? "" : nil
        }
    }

    func stop(signal: Int32) async throws {
        try await process?.send(signal: signal)
        _ = try await process?.exitStatus(within: .seconds(60))
        await process?.stop()
        process = nil
    }
}
