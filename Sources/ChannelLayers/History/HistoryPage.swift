// SPDX-License-Identifier: Apache-2.0

/// A piece of a group's history.
public struct HistoryPage: Sendable {
    /// What came after the position that was asked for, oldest first; each with its place.
    public var events: [LayerEvent]
    /// Where the reader stands when it has read them.
    public var position: Position
    /// Whether nothing is missing: `false` when the history does not reach back to the position any more, or has begun
    /// anew. The application then loads its state again.
    public var isComplete: Bool

    /// A page.
    public init(events: [LayerEvent] = [], position: Position, isComplete: Bool = true) {
        self.events = events
        self.position = position
        self.isComplete = isComplete
    }
}

/// How much a layer remembers of each group.
public struct HistoryPolicy: Sendable, Hashable {
    /// Events of a group, at least 1.
    public var size: Int
    /// Seconds that they are kept after the group's last event, at least 1.
    public var seconds: Int

    /// A policy; values below 1 become 1.
    public init(size: Int, seconds: Int) {
        self.size = max(1, size)
        self.seconds = max(1, seconds)
    }
}
