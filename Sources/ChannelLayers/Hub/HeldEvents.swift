// SPDX-License-Identifier: Apache-2.0

/// What comes for a member while it reads the history, and what it has read already when that comes by the broker: waits or
/// is passed over, so that nothing comes twice or out of order.
struct HeldEvents {
    private enum Phase {
        case waiting([(event: LayerEvent, expiry: Duration)])
        /// The history was read up to here.
        case read(Position)
    }

    /// What becomes of an event.
    enum Decision {
        case kept, passedOver
        /// It is behind all that was read; so are those that follow.
        case through
    }

    private var phase = Phase.waiting([])
    private let limit: Int
    private(set) var dropped = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func decide(_ event: LayerEvent, _ expiry: Duration) -> Decision {
        switch phase {
        case .waiting(var events):
            phase = .waiting([])  // so that the array is not copied
            if events.count < limit { events.append((event, expiry)) } else { dropped += 1 }
            phase = .waiting(events)
            return .kept
        case .read(let position):
            return Self.isRead(event, position) ? .passedOver : .through
        }
    }

    /// Ends the waiting.
    ///
    /// - Returns: what waited and was not read.
    mutating func release(after position: Position) -> [(event: LayerEvent, expiry: Duration)] {
        guard case .waiting(let events) = phase else { return [] }
        phase = .read(position)
        return events.filter { !Self.isRead($0.event, position) }
    }

    private static func isRead(_ event: LayerEvent, _ position: Position) -> Bool {
        guard let place = event.position, place.epoch == position.epoch else { return false }
        return place.offset <= position.offset
    }
}
