// SPDX-License-Identifier: Apache-2.0

public import SluiceChannelLayers

/// How a channel layer uses a Redis server.
public struct RedisConfiguration: Sendable, Hashable {
    /// What becomes of an event that is published while Redis is away.
    public enum WhileDown: Sendable, Hashable {
        /// The sender is told at once (``LayerError`` with `down`).
        case fail
        /// The sender waits, at most so long; then it is told.
        case wait(Duration)
        /// The event waits in this process, at most so long, and goes out in order; then it is dropped and counted as
        /// `broker_down`. The sender's receipt says `isQueued`.
        case queue(Duration)
    }

    /// The server.
    public var url: RedisURL
    /// What the names of all channels and keys begin with; default `asgi`, as in channels_redis.
    public var prefix = "asgi"
    /// How much of each group Redis remembers. `nil`, the default: nothing; events arrive at most once and their frames
    /// are exactly those of channels_redis' pub/sub layer. With a history events arrive in spite of lost connections, and
    /// their frames have one more field, `__sluice__`, which Django's consumers ignore.
    public var history: HistoryPolicy?
    /// Default: ``WhileDown/fail``.
    public var whileDown = WhileDown.fail
    /// Bytes of events that may wait for Redis in this process, those of senders that wait included; default 8 MiB. Over
    /// it senders are told at once.
    public var waitingBytes = 8 << 20
    /// The largest event, in bytes; default 4 MiB. Redis ends subscribers that are 32 MiB behind.
    public var maxEventBytes = 4 << 20
    /// Events that a named queue holds; default 100.
    public var queueCapacity = 100
    /// How long an event may wait in a named queue; default 60 s.
    public var queueExpiry = Duration.seconds(60)

    /// The defaults, for a server.
    public init(_ url: RedisURL) {
        self.url = url
    }

    /// From a URL with settings behind its `?`: `prefix=TEXT`, `history=SIZE,SECONDS`, `down=fail`, `down=wait,SECONDS` or
    /// `down=queue,SECONDS`, `capacity=EVENTS` and `expiry=SECONDS` of named queues.
    ///
    /// - Throws: ``RedisError`` with `invalidURL`.
    public init(url text: String) throws(RedisError) {
        var url = try RedisURL(text)
        let options = url.options
        url.options = [:]
        self.init(url)
        for (name, value) in options {
            switch name {
            case "prefix": prefix = value
            case "history":
                let numbers = value.split(separator: ",").compactMap { Int($0) }
                guard numbers.count == 2, numbers.allSatisfy({ $0 > 0 }) else {
                    throw RedisError(.invalidURL, "a history is SIZE,SECONDS, not '\(value)'")
                }
                history = HistoryPolicy(size: numbers[0], seconds: numbers[1])
            case "capacity": queueCapacity = try Self.number(value, name)
            case "expiry": queueExpiry = .seconds(try Self.number(value, name))
            case "down": whileDown = try Self.whileDown(value)
            default: throw RedisError(.invalidURL, "there is no setting '\(name)' of a Redis channel layer")
            }
        }
    }

    private static func number(_ text: String, _ name: String) throws(RedisError) -> Int {
        guard let number = Int(text), number > 0 else {
            throw RedisError(.invalidURL, "'\(name)' is a number above 0, not '\(text)'")
        }
        return number
    }

    private static func whileDown(_ text: String) throws(RedisError) -> WhileDown {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let seconds = parts.count == 2 ? Int(parts[1]).flatMap { $0 > 0 ? Duration.seconds($0) : nil } : nil
        switch (parts.first, seconds) {
        case ("fail", nil) where parts.count == 1: return .fail
        case ("wait", let limit?): return .wait(limit)
        case ("queue", let limit?): return .queue(limit)
        default: throw RedisError(.invalidURL, "'down' is fail, wait,SECONDS or queue,SECONDS, not '\(text)'")
        }
    }
}
