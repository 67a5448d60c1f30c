// SPDX-License-Identifier: Apache-2.0

/// The line of a program that asked for something.
public struct CallSite: Sendable, Hashable, CustomStringConvertible {
    /// The file, as Swift's `#fileID`: `Module/File.swift`.
    public let fileID: String
    /// The line, from 1.
    public let line: Int

    /// A line, as `#fileID` and `#line` say it.
    public init(fileID: String = #fileID, line: Int = #line) {
        self.fileID = fileID
        self.line = line
    }

    /// `Module/File.swift:12`.
    public var description: String { "\(fileID):\(line)" }
}

/// Who is told of the statements of a task and of those that it starts.
final class StatementObserver: Sendable {
    let log: QueryLog?
    let repeats: RepeatedStatements?

    init(log: QueryLog?, repeats: RepeatedStatements?) {
        self.log = log
        self.repeats = repeats
    }
}

extension Database {
    /// nil for no one, which is all that a statement costs then.
    @TaskLocal static var observer: StatementObserver?
    /// Where the task has asked for what it does.
    @TaskLocal static var callSite: CallSite?

    /// Does what a statement is for, and tells who wants to know.
    func observed<Result>(_ statement: Statement, _ body: () async throws -> Result) async throws -> Result {
        guard let observer = Self.observer else { return try await body() }
        try observer.repeats?.add(statement.sql, database: name, at: Self.callSite)
        guard let log = observer.log else { return try await body() }
        let start = ContinuousClock.now
        defer { log.add(statement, database: name, duration: .now - start, at: Self.callSite) }
        return try await body()
    }
}

/// Runs what a caller asked for; remembers where it was asked if somebody wants to know of statements. What one call asks
/// of another is the first one's; what this module asks for itself has no line.
@inline(__always)
func observed<Result>(
    _ fileID: StaticString, _ line: UInt, _ body: () async throws -> Result
) async rethrows -> Result {
    guard Database.observer != nil, Database.callSite == nil else { return try await body() }
    let file = "\(fileID)"
    guard !file.hasPrefix("SluiceModels/") else { return try await body() }
    return try await Database.$callSite.withValue(CallSite(fileID: file, line: Int(line))) { try await body() }
}
