// SPDX-License-Identifier: Apache-2.0

/// How a database spells what the compiler means. Everything has a spelling by default that most databases share;
/// a dialect says only what it does in another way.
///
/// The expressions' spelling is inside this module, so a driver of one's own takes `SQLiteDialect` or
/// `PostgreSQLDialect`.
public protocol Dialect: Sendable {
    /// Such as `sqlite`.
    var name: String { get }
    /// What the database can do.
    var features: Features { get }
    /// How bound values are marked.
    var placeholders: PlaceholderStyle { get }
    /// The type of a column of a kind, without constraints.
    func type(of kind: FieldKind) -> String
    /// What stands after the type of a counted key.
    var countedKeySuffix: String { get }
    /// What stands before a statement to be told how it is done.
    var explainKeyword: String { get }
    /// How transactions begin, and what migrations need around theirs.
    var transactions: TransactionStatements { get }
    /// A statement that answers as long as the database can be read.
    var probe: String { get }
    /// Statements that ask the database about its own tables.
    var inspection: InspectionStatements { get }
    /// A statement that gives the names of the tables there are.
    var tableNames: String { get }
}

extension Dialect {
    /// `EXPLAIN`.
    public var explainKeyword: String { "EXPLAIN" }

    /// Nothing but `BEGIN`.
    public var transactions: TransactionStatements { TransactionStatements() }

    /// `SELECT 1`.
    public var probe: String { "SELECT 1" }

    /// As the standard's information schema names them.
    public var tableNames: String {
        """
        SELECT table_name FROM information_schema.tables
        WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1
        """
    }
}

/// The spelling of expressions; apart from `Dialect` because resolved expressions never leave the module.
protocol DialectWriter: Dialect {
    func write(
        function shape: FunctionShape, _ arguments: [Node], _ kind: FieldKind, zone: String?, _ compiler: SQLCompiler,
        _ writer: inout SQLWriter) throws
    func write(aggregate: Aggregate, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws
    func write(
        _ left: Node, _ operation: ArithmeticOperator, _ right: Node, _ kind: FieldKind?, _ compiler: SQLCompiler,
        _ writer: inout SQLWriter) throws
    func write(cast node: Node, to kind: FieldKind, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws
    func write(key path: [String], of node: Node, asText: Bool, _ compiler: SQLCompiler, _ writer: inout SQLWriter)
        throws
    /// `contains`, `startswith`, `endswith`, `regex`, `iexact` and theirs that fold case.
    func write(textMatch lookup: Lookup, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws
    /// Comparisons of JSON values; false for one that needs nothing of its own.
    func write(jsonLookup lookup: Lookup, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws -> Bool
    /// `ASC` or `DESC`, and where NULLs go.
    func write(direction term: OrderTerm, _ writer: inout SQLWriter)
    /// A bound value in an expression.
    func write(value: Value, _ kind: FieldKind?, _ writer: inout SQLWriter)
    /// A selected expression, if the database has to give it in another form than it computes with.
    func write(output node: Node, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws
    func write(lock: Lock, tables: [String], _ writer: inout SQLWriter) throws
    func write(limit: Int?, offset: Int, _ writer: inout SQLWriter)
}

extension DialectWriter {
    func write(output node: Node, _ compiler: SQLCompiler, _ writer: inout SQLWriter) throws {
        try compiler.write(node, into: &writer)
    }

    func write(value: Value, _ kind: FieldKind?, _ writer: inout SQLWriter) { writer.bind(value) }
}
