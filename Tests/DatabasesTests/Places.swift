// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice
import Testing

/// Where a test has databases of its own.
struct Place: Sendable, CustomTestStringConvertible {
    enum Kind { case memory, file, postgreSQL }
    let kind: Kind
    var testDescription: String { "\(kind)" }

    static let server = ProcessInfo.processInfo.environment["SLUICE_TEST_POSTGRESQL"]

    /// Those of this machine: PostgreSQL only where a server was started for the tests.
    static let all = [Place(kind: .memory), Place(kind: .file)] + (server == nil ? [] : [Place(kind: .postgreSQL)])

    /// Runs a test with URLs under some aliases, and takes away what they name.
    func withURLs(
        _ aliases: String..., body: (_ urls: [String: String]) async throws -> Void
    ) async throws {
        let id = UUID().uuidString.lowercased().replacing("-", with: "_")
        var urls: [String: String] = [:]
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(id)").path
        for alias in aliases {
            switch kind {
            case .memory: urls[alias] = "sqlite::memory:"
            case .file: urls[alias] = "sqlite:\(folder)/\(alias).sqlite3"
            case .postgreSQL:
                let space = "test_\(alias)_\(id)"
                try await Self.onServer("CREATE SCHEMA \(space)")
                urls[alias] = (Self.server ?? "") + "&options=-csearch_path%3D\(space)"
            }
        }
        if kind == .file { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        let result = await Result { () async throws in try await body(urls) }
        if kind == .file { try FileManager.default.removeItem(atPath: folder) }
        for alias in aliases where kind == .postgreSQL {
            try await Self.onServer("DROP SCHEMA test_\(alias)_\(id) CASCADE")
        }
        try result.get()
    }

    private static func onServer(_ sql: String) async throws {
        let driver = PostgreSQLDriver(location: server ?? "")
        let link = try await driver.lease(writing: true)
        try await link.run(Statement(sql: sql)) { while try $0.next() {} }
        await driver.giveBack(link, writing: true)
        await driver.close()
    }

    /// Databases with the tables of some models.
    func withDatabases(
        _ models: [any Model.Type] = [Reader.self, Shelf.self, Volume.self], body: (Databases) async throws -> Void
    ) async throws {
        try await withURLs("default") { urls in
            let databases = try Databases(
                urls, schema: Schema(models.map { $0.declaration }), backends: [.sqlite, .postgreSQL])
            try await databases.createTables()
            let result = await Result { () async throws in try await databases.run { try await body(databases) } }
            await databases.close()
            try result.get()
        }
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
