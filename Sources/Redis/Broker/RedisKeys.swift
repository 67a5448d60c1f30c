// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers

/// What channels and keys are called; those of events exactly as in channels_redis' pub/sub layer.
struct RedisKeys: Sendable {
    let prefix: String

    /// Where a topic's events are published. A single channel is published under its own name, as in channels_redis.
    func channel(_ topic: Topic) -> String {
        switch topic {
        case .group(let name): "\(prefix)__group__\(name.rawValue)"
        case .presence(let name): "\(prefix)__presence__\(name.rawValue)"
        case .channel(let name): name.rawValue
        }
    }

    /// All channels of a process, in one pattern.
    func pattern(ofProcess process: String) -> String { "*.\(process)!*" }
    /// A channel of the process that no consumer has.
    func probe(ofProcess process: String) -> String { "probe.\(process)!" }

    /// Offset and epoch of a group's history.
    func meta(_ group: GroupName) -> String { "\(prefix)__meta__\(group.rawValue)" }
    /// The events of a group's history.
    func stream(_ group: GroupName) -> String { "\(prefix)__history__\(group.rawValue)" }
    /// The last event that a process has published to a group, so that one sent again is not published twice.
    func sent(_ group: GroupName, by process: String) -> String { "\(prefix)__sent__\(process):\(group.rawValue)" }
    /// An idempotency key of the application.
    func once(_ group: GroupName, _ key: String) -> String {
        "\(prefix)__once__\(group.rawValue.utf8.count):\(group.rawValue):\(key)"
    }
    /// What a queue of workers holds; also the channel that tells when there is something new.
    func queue(_ name: ChannelName) -> String { "\(prefix)__queue__\(name.rawValue)" }
    /// Until when each taken event is its taker's.
    func leases(of name: ChannelName) -> String { "\(prefix)__leased__\(name.rawValue)" }
    /// The events that are taken and not done.
    func held(_ name: ChannelName) -> String { "\(prefix)__held__\(name.rawValue)" }
    /// The events that were set aside, the last 1,000.
    func aside(_ name: ChannelName) -> String { "\(prefix)__aside__\(name.rawValue)" }
    /// Until when each process that stands for somebody is believed to live, in milliseconds of the server's clock.
    var leases: String { "\(prefix)__leases__" }
    /// What each process says of each key of a group.
    func board(_ group: GroupName) -> String { "\(boards)\(group.rawValue)" }
    /// What a group's board begins with.
    var boards: String { "\(prefix)__board__" }
    /// What the list of places that a process stands for begins with.
    var places: String { "\(prefix)__places__" }
    /// What the channel of a group's presence begins with.
    var presences: String { "\(prefix)__presence__" }
}
