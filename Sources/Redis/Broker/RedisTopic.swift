// SPDX-License-Identifier: Apache-2.0

import DequeModule
import NIOCore
import SluiceChannelLayers

/// What the engine knows of one topic: its subscription, its place in the history, and this process's own events that
/// have not come back yet.
final class RedisTopic {
    let topic: Topic
    let channel: String
    /// Whether the layer has members here.
    var isWanted = true
    /// SUBSCRIBEs on their way; the last one's confirmation counts.
    var pendingSubscribes = 0
    var isConfirmed = false
    var waiters: [RedisWaiter] = []
    var echoes = Deque<RedisOutgoing>()
    /// Receivers of the last publish, to know after a fault when all are back.
    var receivers = 0

    /// The place of the last event that was delivered; nil where none is known yet or no history is kept.
    var position: Position? { didSet { releaseWaiters() } }
    /// Whether who joins waits for ``position`` too: an event that is lost from then on is missed.
    let awaitsPosition: Bool
    /// Whether it was read when the subscription was made: events up to there may still be on their way.
    var isPositionRead = false
    /// Called in place of everything else when something comes: for the queues of workers.
    var onNotice: (() -> Void)?
    /// Whether the history is being read; what comes meanwhile is held.
    var isFilling = false
    var held: [ByteBuffer] = []
    /// Counts the readings, so that the answer to one that was overtaken is ignored.
    var fillNumber = 0
    /// How often the history was read in a row without what the first held event needs.
    var fruitlessFills = 0

    init(_ topic: Topic, channel: String, keepsHistory: Bool) {
        self.topic = topic
        self.channel = channel
        if case .group = topic { awaitsPosition = keepsHistory } else { awaitsPosition = false }
    }

    /// Counts a reading of the history; gives whether an event still stands behind a gap that two of them have not
    /// filled.
    func givesUp(on place: Position?) -> Bool {
        guard let place, Continuity(place, after: position) == .gap else {
            fruitlessFills = 0
            return false
        }
        fruitlessFills += 1
        guard fruitlessFills > 2 else { return false }
        fruitlessFills = 0
        return true
    }

    /// The group, if its history counts.
    var group: GroupName? {
        if case .group(let name) = topic { name } else { nil }
    }

    /// What an event's place says about those before it; the next one becomes the topic's own.
    func advance(to next: Position) -> Continuity {
        if isPositionRead, let position, position.epoch == next.epoch, next.offset <= position.offset {
            isPositionRead = false
            self.position = next
            return .next
        }
        let continuity = Continuity(next, after: position)
        guard continuity == .next else { return continuity }
        isPositionRead = false
        position = next
        return .next
    }

    func confirm() {
        isConfirmed = true
        releaseWaiters()
    }

    /// Lets go who waits for the subscription, if all is there that it needs.
    private func releaseWaiters() {
        guard !waiters.isEmpty, isConfirmed, !awaitsPosition || position != nil else { return }
        endWaiting()
    }

    func endWaiting() {
        let waiting = waiters
        waiters = []
        for waiter in waiting { waiter.finish() }
    }
}

/// Somebody who waits for a subscription: told once.
final class RedisWaiter {
    private var done: (() -> Void)?

    init(_ done: @escaping () -> Void) {
        self.done = done
    }

    func finish() {
        let done = done
        self.done = nil
        done?()
    }
}

/// What an event's place says about those before it.
enum Continuity: Equatable {
    /// It is the next one.
    case next
    /// It was there before.
    case repeated
    /// Others are missing before it.
    case gap

    init(_ position: Position, after last: Position?) {
        guard let last else {
            self = .next
            return
        }
        guard position.epoch == last.epoch else {
            self = .gap
            return
        }
        self = position.offset == last.offset + 1 ? .next : position.offset <= last.offset ? .repeated : .gap
    }
}
