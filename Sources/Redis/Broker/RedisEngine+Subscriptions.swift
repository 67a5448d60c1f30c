// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Logging
import NIOCore
import SluiceChannelLayers

/// What comes in, and what is asked for.
extension RedisEngine {
    /// How many channels one SUBSCRIBE names.
    private static let batch = 512

    /// Asks for a topic. While Redis is away for long this is only noted: that it may have missed something is told when
    /// Redis is back.
    ///
    /// - Parameter done: called when its events come, or after 3 s (10 s at the start).
    func subscribe(_ topic: Topic, done: @escaping () -> Void) {
        let channel = keys.channel(topic)
        let state = topics[channel] ?? RedisTopic(topic, channel: channel, keepsHistory: configuration.history != nil)
        topics[channel] = state
        let isNew = !state.isWanted || (!state.isConfirmed && state.pendingSubscribes == 0)
        state.isWanted = true
        if state.isConfirmed, !isNew, !state.awaitsPosition || state.position != nil { return done() }
        let waiter = RedisWaiter(done)
        state.waiters.append(waiter)
        loop.assumeIsolated().scheduleTask(in: isStarting ? .seconds(10) : .seconds(3)) { waiter.finish() }
        guard isNew, subscriber.connection != nil else { return }
        state.isConfirmed = false
        state.pendingSubscribes += 1
        unsentTopics.append(state)
        if unsentTopics.count == 1 { loop.assumeIsolated().execute { [self] in sendSubscriptions() } }
    }

    func unsubscribe(_ topics: [Topic]) {
        sendSubscriptions()
        let channels = topics.map(keys.channel)
        for channel in channels {
            guard let state = self.topics[channel] else { continue }
            state.isWanted = false
            state.isConfirmed = false
            endEchoes(state)
            if state.pendingSubscribes == 0 { self.topics[channel] = nil }
        }
        guard let connection = subscriber.connection else { return }
        for part in batches(channels) {
            connection.send(RedisCommand(["UNSUBSCRIBE"] + part.map { .text($0) }), timeout: .seconds(10), answer: nil)
        }
    }

    private func sendSubscriptions() {
        let unsent = unsentTopics
        unsentTopics = []
        guard !unsent.isEmpty, let connection = subscriber.connection else { return }
        for part in batches(unsent.map(\.channel)) {
            connection.send(RedisCommand(["SUBSCRIBE"] + part.map { .text($0) }), timeout: .seconds(10), answer: nil)
        }
    }

    private func batches(_ channels: [String]) -> [ArraySlice<String>] {
        stride(from: 0, to: channels.count, by: Self.batch).map { channels[$0..<min($0 + Self.batch, channels.count)] }
    }

    // MARK: After a fault

    /// Subscribes to everything again; publishing waits for it.
    func restore(_ connection: RedisConnection) {
        unsentTopics = []
        let wanted = topics.values.filter(\.isWanted)
        connection.send(
            RedisCommand("PSUBSCRIBE", .text(keys.pattern(ofProcess: process))), timeout: .seconds(10), answer: nil)
        for topic in wanted { topic.pendingSubscribes += 1 }
        for part in batches(wanted.map(\.channel)) {
            connection.send(RedisCommand(["SUBSCRIBE"] + part.map { .text($0) }), timeout: .seconds(10), answer: nil)
        }
        // Answered behind all confirmations.
        connection.send(RedisCommand("PING"), timeout: .seconds(10)) { [self] answer in
            guard case .success = answer, subscriber.connection === connection else { return }
            let isAgain = subscriber.reconnects > 0
            isRestored = true
            for topic in wanted where isAgain {
                if let notice = topic.onNotice {
                    notice()
                } else if configuration.history != nil, topic.group != nil, topic.position != nil {
                    fill(topic)
                } else {
                    sink.missed(in: [topic.topic], count: nil)
                }
            }
            if isAgain { sink.restorePresence() }
            update()
        }
    }

    func forgetConfirmations() {
        unsentTopics = []
        for (channel, topic) in topics {
            topic.isConfirmed = false
            topic.pendingSubscribes = 0
            endEchoes(topic)
            if !topic.isWanted { topics[channel] = nil }
        }
    }

    private func endEchoes(_ topic: RedisTopic) {
        let echoes = topic.echoes
        topic.echoes = []
        for event in echoes { event.echoed(nil) }
    }

    // MARK: What comes

    func received(_ push: [RESPValue]) {
        switch push[0].text {
        case "message" where push.count == 3:
            guard let channel = push[1].text, let frame = push[2].bytes, let topic = topics[channel] else { return }
            if let notice = topic.onNotice { return notice() }
            if topic.isWanted { received(frame, topic) }
        case "pmessage" where push.count == 4:
            guard let channel = push[2].text, let frame = push[3].bytes,
                channel != keys.probe(ofProcess: process), let read = read(frame)
            else { return }
            sink.receive(read.event, to: .channel(ChannelName(rawValue: channel)))
        case "subscribe" where push.count == 3:
            guard let channel = push[1].text, let topic = topics[channel], topic.pendingSubscribes > 0 else { return }
            topic.pendingSubscribes -= 1
            guard topic.pendingSubscribes == 0 else { return }
            guard topic.isWanted else { return topics[channel] = nil }
            topic.confirm()
            if topic.position == nil { findPosition(topic) }
        default: break
        }
    }

    private func received(_ frame: ByteBuffer, _ topic: RedisTopic) {
        if let own = topic.echoes.first, let position = own.isSame(frame) {
            return received(own, position, topic)
        }
        if let read = read(frame) { received(read, frame, topic) }
    }

    /// Delivers an event if it is the next one; otherwise sees what is missing.
    func received(_ read: EventFrame, _ frame: ByteBuffer, _ topic: RedisTopic) {
        if let position = read.event.position, topic.group != nil {
            if topic.isFilling { return hold(frame, topic) }
            switch topic.advance(to: position) {
            case .repeated: return
            case .gap:
                hold(frame, topic)
                return fill(topic)
            case .next: break
            }
        }
        sink.receive(read.event, to: topic.topic, excluding: read.excluded)
    }

    /// An event of this process has come back: its value is known, and its sender wants to know who took it.
    private func received(_ own: RedisOutgoing, _ place: Position?, _ topic: RedisTopic) {
        topic.echoes.removeFirst()
        var event = own.event
        if let place {
            // Its members get it when those before it have been read.
            let continuity = topic.isFilling ? .gap : topic.advance(to: place)
            guard continuity == .next else {
                own.echoed(nil)
                guard continuity == .gap else { return }
                hold(own.closedFrame(place), topic)
                if !topic.isFilling { fill(topic) }
                return
            }
            event = event.at(place)
        }
        var receipt = sink.deliver(event, to: topic.topic, excluding: own.options.excluding)
        if !own.isWaiting { sink.refuseWaiting(&receipt) }
        own.echoed(receipt)
    }

    func read(_ frame: ByteBuffer) -> EventFrame? {
        // Whoever may publish may publish anything.
        guard frame.readableBytes <= configuration.maxEventBytes + RedisOutgoing.placeLength else {
            sink.dropped(reason: "too_large")
            return nil
        }
        do {
            return try EventFrame(reading: frame)
        } catch {
            sink.dropped(reason: "undecodable")
            logger.debug("what came from Redis is no event", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

extension RedisOutgoing {
    /// What the script appends: `o` with 9 bytes, `e` with 17.
    static let placeLength = 30

    /// Whether a frame that came is this event's: the same bytes, and with a history its place behind them.
    ///
    /// - Returns: nil for another event's; otherwise the place, if there is one.
    func isSame(_ other: ByteBuffer) -> Position?? {
        if other.readableBytes == frame.readableBytes { return other == frame ? .some(nil) : nil }
        guard other.readableBytes == frame.readableBytes + Self.placeLength,
            other.getSlice(at: other.readerIndex, length: frame.readableBytes) == frame
        else { return nil }
        let place = other.readerIndex + frame.readableBytes
        guard other.getInteger(at: place, as: UInt16.self) == 0xA16F,
            other.getInteger(at: place + 2, as: UInt8.self) == 0xCF,
            let offset = other.getInteger(at: place + 3, as: UInt64.self),
            let epoch = other.getString(at: place + 14, length: 16)
        else { return nil }
        return .some(Position(epoch: epoch, offset: offset))
    }

    /// The frame as it is in the history.
    func closedFrame(_ position: Position) -> ByteBuffer {
        var frame = frame
        frame.writeInteger(0xA16F as UInt16)
        frame.writeInteger(0xCF as UInt8)
        frame.writeInteger(position.offset)
        frame.writeInteger(0xA165 as UInt16)
        frame.writeInteger(0xB0 as UInt8)
        frame.writeString(position.epoch)
        return frame
    }
}
