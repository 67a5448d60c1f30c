// SPDX-License-Identifier: Apache-2.0

/// Who is in a group: one entry for each key (a user, say), however many channels (pages, devices) it is there with.
public struct PresenceEntry: Codable, Sendable, Hashable {
    /// What is counted, usually a user's name.
    public var key: String
    /// What each of its channels told about itself, oldest first.
    public var metadata: [[String: String]]

    /// An entry.
    public init(key: String, metadata: [[String: String]]) {
        self.key = key
        self.metadata = metadata
    }
}

/// What a process now says of a key in a group.
public struct PresenceChange: Codable, Sendable, Hashable {
    /// The group.
    public var group: GroupName
    /// What is counted.
    public var key: String
    /// What each of the process's channels with this key told about itself; none when the key is not there any more.
    public var metadata: [[String: String]]

    /// A change.
    public init(group: GroupName, key: String, metadata: [[String: String]]) {
        self.group = group
        self.key = key
        self.metadata = metadata
    }
}

/// How the presence in a group has changed; sent to its members at most every 50 ms.
///
/// A key that leaves and comes back within that time (a page that is loaded again) is in neither list. A consumer
/// without a handler for it ignores it.
public struct PresenceDiff: ChannelEvent, Hashable {
    /// `sluice.presence`.
    public static let type = "sluice.presence"

    /// The group.
    public var group: String
    /// Keys that are there now and were not, sorted.
    public var joined: [PresenceEntry]
    /// Keys that were there and are not, sorted.
    public var left: [String]

    /// A change.
    public init(group: String, joined: [PresenceEntry], left: [String]) {
        self.group = group
        self.joined = joined
        self.left = left
    }
}
