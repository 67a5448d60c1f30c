// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Synchronization

/// Counts wrong passwords, by user name and by address, so that nobody can try many: over the limit the sign-in has to
/// wait, whether the password is right or not.
///
/// In the memory of one process; 100,000 names and addresses at most, then the oldest count no more.
public final class SignInAttempts: Sendable {
    /// Wrong passwords for one name within ``window``, until it has to wait. Default 10.
    public let limitByName: Int
    /// Wrong passwords from one address within ``window``. Default 50: several users may share one.
    public let limitByAddress: Int
    /// How long a wrong password counts. Default 10 minutes.
    public let window: Duration

    private struct Failures {
        var times: Deque<Duration> = []
    }

    private let failures = Mutex<[String: Failures]>([:])
    private static let keyLimit = 100_000

    /// Limits.
    public init(limitByName: Int = 10, limitByAddress: Int = 50, window: Duration = .seconds(600)) {
        (self.limitByName, self.limitByAddress, self.window) = (limitByName, limitByAddress, window)
    }

    /// Whether one more attempt is allowed.
    public func allows(_ name: String, from address: String, at now: Duration) -> Bool {
        failures.withLock { failures in
            count("n:" + name, now, &failures) < limitByName && count("a:" + address, now, &failures) < limitByAddress
        }
    }

    /// Notes a wrong password.
    public func failed(_ name: String, from address: String, at now: Duration) {
        failures.withLock { failures in
            if failures.count >= Self.keyLimit {
                failures = failures.filter { now - ($0.value.times.last ?? .zero) < window }
                if failures.count >= Self.keyLimit { failures = [:] }
            }
            for (key, limit) in [("n:" + name, limitByName), ("a:" + address, limitByAddress)] {
                failures[key, default: Failures()].times.append(now)
                if failures[key]?.times.count ?? 0 > limit { failures[key]?.times.removeFirst() }
            }
        }
    }

    /// Forgets the wrong passwords of a user who has signed in.
    public func succeeded(_ name: String) {
        failures.withLock { $0["n:" + name] = nil }
    }

    private func count(_ key: String, _ now: Duration, _ failures: inout [String: Failures]) -> Int {
        guard var kept = failures[key] else { return 0 }
        while let first = kept.times.first, now - first >= window { kept.times.removeFirst() }
        failures[key] = kept.times.isEmpty ? nil : kept
        return kept.times.count
    }
}
