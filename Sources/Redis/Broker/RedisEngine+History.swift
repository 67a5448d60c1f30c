// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers

/// How a topic gets what it has missed.
extension RedisEngine {
    /// Frames that may wait while the history is read; over it the topic's members are told that they missed some.
    private static let heldFrames = 10_000

    /// Reads a page of a group's history.
    func readHistory(
        _ group: GroupName, since position: Position?, limit: Int,
        done: @escaping (Result<RedisHistoryPage, LayerError>) -> Void
    ) {
        guard let history = configuration.history else {
            return done(.failure(LayerError(.unsupported, "this layer keeps no history")))
        }
        guard let connection = commands.connection, areScriptsLoaded else {
            return done(.failure(down("Redis cannot be reached")))
        }
        let read = script(
            .history, keys: [keys.meta(group), keys.stream(group)],
            [
                .text(newEpoch()), .number(history.seconds), .text(position?.epoch ?? ""),
                .text("\(position?.offset ?? 0)"), .number(limit),
            ])
        connection.send(read, timeout: .seconds(5)) { [self] answer in
            switch answer {
            case .failure(let error):
                if isOfServer(error) { leave(error) }
                done(.failure(down("the history cannot be read: \(error)")))
            case .success(let value):
                guard let page = page(value) else {
                    return done(.failure(down("the history cannot be read: Redis answers something else")))
                }
                done(.success(page))
            }
        }
    }

    private func page(_ value: RESPValue) -> RedisHistoryPage? {
        guard let parts = value.elements, parts.count == 4, let offset = parts[0].integer, offset >= 0,
            let epoch = parts[1].text, let bytes = parts[3].elements
        else { return nil }
        let frames = bytes.compactMap { $0.bytes.flatMap(read) }
        return RedisHistoryPage(
            frames: frames, position: Position(epoch: epoch, offset: UInt64(offset)),
            isComplete: parts[2].integer == 1 && frames.count == bytes.count)
    }

    /// Finds where a topic stands that was just subscribed to, so that a later loss is noticed.
    func findPosition(_ topic: RedisTopic) {
        guard topic.awaitsPosition, let group = topic.group else { return }
        readHistory(group, since: nil, limit: 0) { [self] result in
            // What came meanwhile knows better.
            guard topic.position == nil else { return }
            switch result {
            case .success(let page):
                topic.isPositionRead = true
                topic.position = page.position
            case .failure:
                loop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { [self] in
                    if topics[topic.channel] === topic, topic.isConfirmed, topic.position == nil { findPosition(topic) }
                }
            }
        }
    }

    func hold(_ frame: ByteBuffer, _ topic: RedisTopic) {
        guard topic.held.count < Self.heldFrames else { return }
        topic.held.append(frame)
    }

    /// Reads what a topic has missed, delivers it, and then what came meanwhile.
    func fill(_ topic: RedisTopic) {
        guard let group = topic.group, topic.isWanted else { return }
        guard let position = topic.position else { return findPosition(topic) }
        topic.isFilling = true
        topic.fillNumber += 1
        let number = topic.fillNumber
        readHistory(group, since: position, limit: configuration.history?.size ?? 0) { [self] result in
            guard topics[topic.channel] === topic, topic.fillNumber == number else { return }
            switch result {
            case .failure:
                // Tried again until Redis answers; what comes meanwhile is held.
                loop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { [self] in
                    if topics[topic.channel] === topic, topic.fillNumber == number { fill(topic) }
                }
            case .success(let page): filled(topic, page)
            }
        }
    }

    private func filled(_ topic: RedisTopic, _ page: RedisHistoryPage) {
        topic.isFilling = false
        let before = topic.position
        if page.isComplete {
            for frame in page.frames { deliver(frame, topic) }
            topic.position = page.position
            topic.isPositionRead = false
        } else if before?.epoch != page.position.epoch {
            // The history has begun anew. What stood at the end of the old one nobody knows; the new one is read whole.
            sink.missed(in: [topic.topic], count: nil)
            topic.position = Position(epoch: page.position.epoch, offset: 0)
            return fill(topic)
        } else {
            // It does not reach back; it goes on with what has come.
            let next = topic.held.first.flatMap(read)?.event.position?.offset ?? page.position.offset + 1
            topic.position = Position(epoch: page.position.epoch, offset: min(next, page.position.offset + 1) - 1)
            let count = Int(topic.position?.offset ?? 0) - Int(before?.offset ?? 0)
            sink.missed(in: [topic.topic], count: max(1, count))
        }
        let held = topic.held
        topic.held = []
        for frame in held {
            guard !topic.isFilling else {
                hold(frame, topic)
                continue
            }
            guard let read = read(frame) else { continue }
            // A frame with a place that the history does not know, however often it is read, is nobody's event.
            if topic.givesUp(on: read.event.position) {
                sink.dropped(reason: "out_of_place")
            } else {
                received(read, frame, topic)
            }
        }
    }

    private func deliver(_ frame: EventFrame, _ topic: RedisTopic) {
        guard let position = frame.event.position, topic.advance(to: position) != .repeated else { return }
        topic.position = position
        topic.fruitlessFills = 0
        sink.receive(frame.event, to: topic.topic, excluding: frame.excluded)
    }
}

/// A page with what else stood in its frames.
struct RedisHistoryPage {
    var frames: [EventFrame]
    var position: Position
    var isComplete: Bool

    var page: HistoryPage {
        HistoryPage(events: frames.map(\.event), position: position, isComplete: isComplete)
    }
}
