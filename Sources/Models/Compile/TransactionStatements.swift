// SPDX-License-Identifier: Apache-2.0

/// How a database begins transactions, and what migrations need around theirs.
public struct TransactionStatements: Sendable {
    /// Begins a transaction that writes.
    public var begin = "BEGIN"
    /// Run before the transaction of a migration, on its link.
    public var beforeMigration: [String] = []
    /// Run first in the transaction of a migration: keeps a second one waiting.
    public var lockMigration: [String] = []
    /// Run last in the transaction of a migration: each row that it gives begins with the name of a table whose
    /// references lead nowhere.
    public var checkMigration: String?
    /// Run behind the transaction of a migration, however it ended.
    public var afterMigration: [String] = []

    /// `BEGIN`, and nothing else.
    public init() {}
}
