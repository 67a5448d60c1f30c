// SPDX-License-Identifier: Apache-2.0

#if Models
public import SluiceModels

/// Runs something that may send so many statements and no more (Django's `assertNumQueries`); those that begin and end
/// transactions do not count.
///
/// - Throws: ``CommunicatorError`` with `unexpected`, which lists the statements and who sent them; what the body throws.
public func expectStatements<Result>(
    _ count: ClosedRange<Int>, _ body: () async throws -> Result
) async throws -> Result {
    let (result, log) = try await QueryLog.record(body)
    guard !count.contains(log.count) else { return result }
    let wanted = count.count == 1 ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
    let lines = log.entries.map { entry in
        "  \(entry.sql)" + (entry.callSite.map { " (\($0))" } ?? "")
    }
    throw CommunicatorError(
        .unexpected,
        (["\(log.count) statements were sent, not \(wanted)\(lines.isEmpty ? "" : ":")"] + lines)
            .joined(separator: "\n"))
}

/// The same with one number.
public func expectStatements<Result>(
    _ count: Int, _ body: () async throws -> Result
) async throws -> Result { try await expectStatements(count...count, body) }

/// The same with a most.
public func expectStatements<Result>(
    atMost count: Int, _ body: () async throws -> Result
) async throws -> Result { try await expectStatements(0...count, body) }

/// Checks what a query becomes, as the database of its model would get it; nothing is sent.
///
/// ```swift
/// try expectSQL(
///     Book.objects.filter { $0.pages > 100 },
///     """
///     SELECT "book"."id", "book"."pages" FROM "book" WHERE "book"."pages" > ?
///     """)
/// ```
/// Line breaks and repeated spaces do not matter. Begin with an empty text, and paste what the error shows.
/// - Parameter binds: the values that are bound; nil if they do not matter.
/// - Throws: ``CommunicatorError`` with `unexpected` and the statement, ready to be pasted; `ModelError` for a query that
///   cannot be put into words.
public func expectSQL(_ query: some Queryable, _ expected: String, binds: [Value]? = nil) throws {
    let statement = try query.statement()
    guard statement.sql.words != expected.words else {
        guard let binds, binds != statement.binds else { return }
        throw CommunicatorError(.unexpected, "the statement binds \(statement.binds), not \(binds)")
    }
    throw CommunicatorError(.unexpected, "the statement is\n\(statement.sql.clauses)")
}

extension String {
    fileprivate var words: [Substring] { split(whereSeparator: \.isWhitespace) }

    /// With each clause on a line of its own.
    fileprivate var clauses: String {
        let clauses = [
            " FROM ", " WHERE ", " GROUP BY ", " HAVING ", " ORDER BY ", " LIMIT ", " INNER JOIN ", " LEFT OUTER JOIN ",
        ]
        return clauses.reduce(self) { $0.replacing($1, with: "\n" + $1.dropFirst()) }
    }
}
#endif
