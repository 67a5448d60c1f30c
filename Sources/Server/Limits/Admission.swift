// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import Synchronization

/// Decides who may come in: by the number of connections, by their address and by their user.
final class Admission: Sendable {
    private struct Addresses {
        var open: [AddressKey: Int] = [:]
        /// New connections of this second; forgotten with it.
        var recent: [AddressKey: Int] = [:]
        var second: Int64 = 0
    }

    private let limits: ServerConfiguration.ConnectionLimits
    private let openLimit: Int
    private let clock: any TimeSource
    private let addresses = Mutex(Addresses())
    private let users = Mutex<[String: Int]>([:])

    init(_ limits: ServerConfiguration.ConnectionLimits, clock: any TimeSource) {
        self.limits = limits
        self.clock = clock
        openLimit = limits.openLimit
    }

    /// Whether addresses are counted at all.
    var countsAddresses: Bool { limits.perAddress > 0 || limits.connectRate > 0 }

    /// Asks for a connection. Who is let in ``leave(_:)``s again.
    ///
    /// - Parameter open: connections that are open.
    /// - Returns: the limit that is in the way; `nil` when there is none.
    func enter(_ address: AddressKey?, open: Int) -> ServerLimit? {
        guard open < openLimit else { return .connections }
        guard countsAddresses, let address else { return nil }
        return addresses.withLock { addresses in
            if limits.connectRate > 0 {
                let second = clock.monotonic.components.seconds
                if addresses.second != second {
                    addresses.second = second
                    addresses.recent = [:]
                }
                addresses.recent[address, default: 0] += 1
                if addresses.recent[address, default: 0] > limits.connectRate { return .connectRate }
            }
            let count = addresses.open[address, default: 0]
            guard limits.perAddress == 0 || count < limits.perAddress else { return .connectionsPerAddress }
            addresses.open[address] = count + 1
            return nil
        }
    }

    /// A connection that was let in has ended.
    func leave(_ address: AddressKey?) {
        guard countsAddresses, let address else { return }
        addresses.withLock { Self.release(address, in: &$0.open) }
    }

    /// The user that a scope's request is counted for.
    func user(of scope: Scope) -> String? {
        limits.perUser > 0 ? limits.user?(scope) : nil
    }

    /// Asks for a request of a user. Who is let in ``leave(user:)``s again.
    func enter(user: String) -> Bool {
        users.withLock { users in
            let count = users[user, default: 0]
            guard count < limits.perUser else { return false }
            users[user] = count + 1
            return true
        }
    }

    /// A request that was let in has ended.
    func leave(user: String) {
        users.withLock { Self.release(user, in: &$0) }
    }

    /// What nobody uses any more takes no room.
    private static func release<Key>(_ key: Key, in counts: inout [Key: Int]) {
        guard let count = counts[key] else { return }
        counts[key] = count > 1 ? count - 1 : nil
    }
}
