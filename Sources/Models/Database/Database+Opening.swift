// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

extension Database {
    /// The database that an URL names. It connects when it is first asked, or by ``connect()``.
    ///
    /// - Parameters:
    ///   - url: see ``DatabaseURL``.
    ///   - name: its alias among the databases of a program.
    ///   - backends: the kinds of databases that there are.
    /// Throws `ModelError` with the code `.value` for an URL that cannot be used; it names the schemes there are.
    public convenience init(
        _ url: String, name: String = "default", schema: Schema, backends: [DatabaseBackend],
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) throws {
        let url = try DatabaseURL(url)
        guard let backend = backends.first(where: { $0.schemes.contains(url.scheme) }) else {
            let known = backends.flatMap(\.schemes).map { $0 + ":" }.joined(separator: ", ")
            throw ModelError(.value, "no database for '\(url)'; there is \(known.isEmpty ? "none" : known)")
        }
        self.init(name: name, schema: schema, driver: try backend.driver(url), location: url, clock: clock)
    }

    /// Connects, with as many links as the pool has at least, and sees whether the database answers.
    ///
    /// Throws `ModelError` with the code `.operational`, which names the database, or `CancellationError`.
    public func connect() async throws {
        do {
            var links: [any DatabaseConnection] = []
            for _ in 0..<(location?.pool.minimum ?? 0) {
                guard let link = try? await driver.lease(writing: false) else { break }
                links.append(link)
            }
            for link in links { await driver.giveBack(link, writing: false) }
            try await run(Statement(sql: driver.dialect.probe), writing: false) { while try $0.next() {} }
        } catch let error as ModelError {
            let place = location.map { " (\($0))" } ?? ""
            throw ModelError(error.code, "database '\(name)'\(place): \(error.message.singleLine)")
        }
    }

    /// What keeps the database from answering, in one line; nil while it answers.
    ///
    /// - Parameter limit: how long an answer is waited for.
    public func problem(within limit: Duration = .seconds(2)) async -> String? {
        let answer = FirstAnswer()
        let probe = Task {
            do {
                try await connect()
                answer.give(nil)
            } catch {
                answer.give("\(error)")
            }
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            answer.give("database '\(name)' gave no answer within \(limit)")
            probe.cancel()
        }
        defer { timer.cancel() }
        return await answer.value
    }
}

/// The first of several answers, for one who waits.
private final class FirstAnswer: Sendable {
    private enum State {
        case none
        case waiting(CheckedContinuation<String?, Never>)
        case given(String?)
        case taken
    }
    private let state = Mutex(State.none)

    func give(_ answer: String?) {
        let waiting = state.withLock { state -> CheckedContinuation<String?, Never>? in
            switch state {
            case .none:
                state = .given(answer)
                return nil
            case .waiting(let continuation):
                state = .taken
                return continuation
            case .given, .taken: return nil
            }
        }
        waiting?.resume(returning: answer)
    }

    var value: String? {
        get async {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> String?? in
                    guard case .given(let answer) = state else {
                        state = .waiting(continuation)
                        return nil
                    }
                    state = .taken
                    return .some(answer)
                }
                if case .some(let answer) = known { continuation.resume(returning: answer) }
            }
        }
    }
}

extension String {
    /// Without line breaks and the spaces around them: libraries explain themselves in several lines.
    package var singleLine: String {
        split(whereSeparator: \.isNewline).map { line in
            var line = line[...]
            while line.first?.isWhitespace == true { line.removeFirst() }
            while line.last?.isWhitespace == true { line.removeLast() }
            return String(line)
        }.filter { !$0.isEmpty }.joined(separator: "; ")
    }
}
