// SPDX-License-Identifier: Apache-2.0

import DequeModule
import SluiceCrypto
import Synchronization

/// Counts attempts to sign in, by user name and by address, so that nobody can try many passwords: over the limit the
/// sign-in has to wait, whether the password is right or not.
///
/// An attempt counts from its begin, so that many at once are no way around; one that succeeds is taken back. In the
/// memory of one process; of more than 100,000 names and addresses those that were quiet for longest count no more.
public final class SignInAttempts: Sendable {
    /// Attempts for one name within ``window``. Default 10.
    public let limitByName: Int
    /// Attempts from one address within ``window``. Default 50: several users may share one.
    public let limitByAddress: Int
    /// How long an attempt counts. Default 10 minutes.
    public let window: Duration

    /// When the attempts of a name or an address were, as far as they count.
    private let times = Mutex<[String: Deque<Duration>]>([:])
    private static let keyLimit = 100_000

    /// Limits.
    public init(limitByName: Int = 10, limitByAddress: Int = 50, window: Duration = .seconds(600)) {
        (self.limitByName, self.limitByAddress, self.window) = (limitByName, limitByAddress, window)
    }

    /// Begins an attempt.
    ///
    /// - Parameter now: monotonic time.
    /// - Returns: whether it is allowed; then it counts.
    public func begin(_ name: String, from address: String, at now: Duration) -> Bool {
        let limits = [(Self.key(name: name), limitByName), (Self.key(address: address), limitByAddress)]
        return times.withLock { times in
            for (key, limit) in limits where Self.count(key, since: now - window, &times) >= limit { return false }
            if times.count >= Self.keyLimit { Self.makeRoom(&times) }
            for (key, _) in limits { times[key, default: []].append(now) }
            return true
        }
    }

    /// Takes back an attempt that has succeeded, and forgets the others of that name.
    ///
    /// - Parameter begun: when it began.
    public func succeeded(_ name: String, from address: String, begun: Duration) {
        let address = Self.key(address: address)
        times.withLock { times in
            times[Self.key(name: name)] = nil
            if let index = times[address]?.lastIndex(of: begun) { times[address]?.remove(at: index) }
            if times[address]?.isEmpty == true { times[address] = nil }
        }
    }

    /// Of one length, however long a name somebody tries.
    private static func key(name: String) -> String { "n" + Base64URL.encode(SHA256.hash(name)) }
    private static func key(address: String) -> String { "a" + address }

    private static func count(_ key: String, since begin: Duration, _ times: inout [String: Deque<Duration>]) -> Int {
        while let first = times[key]?.first, first <= begin { times[key]?.removeFirst() }
        if times[key]?.isEmpty == true { times[key] = nil }
        return times[key]?.count ?? 0
    }

    /// A sixteenth goes at once, so that a full table is not looked through for each attempt.
    private static func makeRoom(_ times: inout [String: Deque<Duration>]) {
        let quietest = times.sorted { $0.value.last ?? .zero < $1.value.last ?? .zero }.prefix(keyLimit / 16)
        for (key, _) in quietest { times[key] = nil }
    }
}
