// SPDX-License-Identifier: Apache-2.0

/// One link to a database. It does one statement after the other; whoever has it leased is the only one who uses it.
public protocol DatabaseConnection: AnyObject, Sendable {
    /// Where its statements run; a transaction runs there as a whole, so that it does not change threads for each.
    var executor: (any TaskExecutor)? { get }

    /// Runs a statement; `body` reads its rows, where the driver works, and makes something of them.
    ///
    /// Throws `ModelError` with the code `.integrity`, `.operational` or `.database`, and what `body` throws.
    func run<Result: Sendable>(
        _ statement: Statement, _ body: @Sendable (RowReader) throws -> Result
    ) async throws -> Result

    /// Begins a statement whose rows are read a part at a time; other statements may run in between.
    ///
    /// Throws as `run` does.
    func cursor(_ statement: Statement) async throws -> any RowCursor
}

extension DatabaseConnection {
    /// None: statements say themselves where they run.
    public var executor: (any TaskExecutor)? { nil }
}

/// A database that connections can be made to.
public protocol DatabaseDriver: Sendable {
    /// How it spells statements.
    var dialect: any Dialect { get }
    /// Leases a link: one that may write, or one that only reads, which others need not wait for.
    ///
    /// Throws `ModelError` with the code `.operational` if there is none within the pool's patience, or if the database
    /// cannot be reached; `CancellationError`.
    func lease(writing: Bool) async throws -> any DatabaseConnection
    /// Takes a link back from who leased it; one that is broken is replaced.
    func giveBack(_ connection: any DatabaseConnection, writing: Bool) async
    /// Whether a cursor outside of a transaction has to keep its link for itself; true where nothing else is said.
    var cursorsNeedLease: Bool { get }
    /// Ends all links.
    func close() async
}

extension DatabaseDriver {
    /// True.
    public var cursorsNeedLease: Bool { true }
}

/// The rows of a result while they are being read, one at a time; valid only during the call that hands it over.
///
/// Columns are read by their position, straight from the driver: no row is kept, no value boxed.
open class RowReader {
    /// For drivers.
    public init() {}

    /// Goes to the next row; false after the last one.
    open func next() throws -> Bool { false }
    /// How many rows the statement changed, once there is no further row.
    open var changes: Int { 0 }
    /// How many columns a row has.
    open var count: Int { 0 }
    /// The name of a column.
    open func name(_ column: Int) -> String { "" }
    /// Whether a column is NULL.
    open func isNull(_ column: Int) -> Bool { true }
    /// A whole number.
    open func int(_ column: Int) -> Int64 { 0 }
    /// A floating-point number.
    open func double(_ column: Int) -> Double { 0 }
    /// A text.
    open func text(_ column: Int) -> String { "" }
    /// A day; throws `ModelError` with the code `.database` for a column that holds none.
    open func day(_ column: Int) throws -> Day {
        guard let day = Day(text(column)) else { throw ModelError(.database, "column \(column) holds no day") }
        return day
    }
    /// Bytes.
    open func bytes(_ column: Int) -> [UInt8] { [] }
    /// A column as what an expression of a kind gives; without a kind, as what the database says it is.
    open func value(_ column: Int, _ kind: FieldKind?) throws -> Value { .null }
}
