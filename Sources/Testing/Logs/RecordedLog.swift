// SPDX-License-Identifier: Apache-2.0

public import Logging
import Synchronization

/// A log that a test can read: every level of every logger that it made, in order, for as long as it lives.
public final class RecordedLog: Sendable {
    /// What was logged by one call.
    public struct Line: Sendable, Hashable, CustomStringConvertible {
        /// How grave it is.
        public let level: Logger.Level
        /// The text.
        public let message: String
        /// The call's own metadata, without the logger's.
        public let metadata: [String: String]

        /// Level and message: `error GET /a: 500`.
        public var description: String { "\(level) \(message)" }

        /// The metadata, ordered by key: `by=http /slow limit=2`.
        public var fields: String { metadata.map { "\($0)=\($1)" }.sorted().joined(separator: " ") }
    }

    private let recorded = Mutex<[Line]>([])

    /// Makes an empty log.
    public init() {}

    /// What has been logged so far.
    public var lines: [Line] { recorded.withLock { $0 } }

    /// A logger that writes here, at level `trace`.
    public func logger(label: String = "test") -> Logger {
        Logger(label: label) { _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(
                level: event.level, message: "\(event.message)",
                metadata: (event.metadata ?? [:]).mapValues { "\($0)" })
            log.recorded.withLock { $0.append(line) }
        }
    }
}
