// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers
import Synchronization

/// How events go out.
extension RedisEngine {
    /// Until when a sent event is waited for. Longer than a network that comes back needs, where senders are to wait.
    private var answerTimeout: TimeAmount {
        configuration.whileDown == .fail ? .seconds(3) : .seconds(15)
    }

    /// Sends an event, or does with it what the configuration says while Redis is away.
    func submit(_ event: RedisOutgoing) {
        if isReady, waiting.isEmpty { return send(event) }
        switch configuration.whileDown {
        case .fail where isStarting || peerDeadline != nil: waiting.append(event)
        case .fail: finish(event, .failure(down("Redis cannot be reached")))
        case .wait: waiting.append(event)
        case .queue:
            event.queued()
            waiting.append(event)
        }
    }

    /// An event is done with.
    func finish(_ event: RedisOutgoing, _ result: Result<Receipt, LayerError>) {
        heldBytes.subtract(event.frame.readableBytes, ordering: .relaxed)
        switch result {
        case .success(let receipt): event.answered(receipt)
        case .failure(let error):
            if event.isWaiting { event.fail(error) } else { sink.dropped(reason: "broker_down") }
        }
    }

    func sendWaiting() {
        while isReady, let event = waiting.popFirst() { send(event) }
    }

    func expireWaiting() {
        guard !waiting.isEmpty else { return }
        for event in waiting.takeExpired(.now()) {
            finish(event, .failure(down("Redis could not be reached in time")))
        }
    }

    /// The command link was lost, and with it the answers to what was sent.
    ///
    /// With a history everything is sent again: the script knows what it has had. Without one nobody can say whether an
    /// event arrived, unless it comes back by the subscription: sending it again could double it.
    func recoverSent(_ error: RedisError) {
        let events = refusedEvents + sent.takeAll()
        refusedEvents = []
        guard !events.isEmpty else { return }
        if configuration.history != nil, configuration.whileDown != .fail {
            for event in events where event.hasEchoed { finish(event, .success(Receipt())) }
            let again = events.filter { !$0.hasEchoed }
            for event in again { topics[event.channel]?.echoes.removeAll { $0 === event } }
            waiting.prepend(again)
            return
        }
        loop.assumeIsolated().scheduleTask(in: .milliseconds(250)) { [self] in
            for event in events {
                topics[event.channel]?.echoes.removeAll { $0 === event }
                if event.hasEchoed {
                    finish(event, .success(Receipt()))
                } else {
                    finish(event, .failure(down("the connection to Redis was lost before it answered: \(error)")))
                }
            }
        }
    }

    /// Lets senders go whose events were published and have not come back: the subscription must have lost them.
    func expireEchoes() {
        let limit = NIODeadline.now() - .seconds(2)
        for topic in topics.values where !topic.echoes.isEmpty {
            while let first = topic.echoes.first, let answered = first.answeredAt, answered < limit {
                topic.echoes.removeFirst()
                first.echoed(nil)
            }
        }
    }

    private func send(_ event: RedisOutgoing) {
        guard let connection = commands.connection else { return waiting.append(event) }
        if event.sequence == 0 {
            sequence += 1
            event.sequence = sequence
        }
        let topic = topics[event.channel]
        if let topic, topic.isConfirmed, topic.isWanted {
            event.expectEcho()
            topic.echoes.append(event)
        }
        sent.append(event)
        connection.send(command(event), timeout: answerTimeout) { [self] answer in
            // Lost with its link: see `recoverSent`.
            if case .failure(let error) = answer, error.code == .connection || error.code == .closed { return }
            sent.remove(event)
            switch answer {
            case .success(let value): answered(event, value, topic)
            case .failure(let error):
                topic?.echoes.removeAll { $0 === event }
                refused(event, error)
            }
            sendRefused()
        }
    }

    private func answered(_ event: RedisOutgoing, _ value: RESPValue, _ topic: RedisTopic?) {
        var receipt = Receipt()
        if let count = value.integer {
            receipt.processes = count
        } else if let parts = value.elements, parts.count == 4, let offset = parts[0].integer, offset >= 0,
            let epoch = parts[1].text
        {
            receipt.position = Position(epoch: epoch, offset: UInt64(offset))
            receipt.isDuplicate = parts[3].integer == 1
            receipt.processes = receipt.isDuplicate ? nil : parts[2].integer
        }
        if receipt.isDuplicate { topic?.echoes.removeAll { $0 === event } }
        topic?.receivers = receipt.processes ?? topic?.receivers ?? 0
        finish(event, .success(receipt))
    }

    private func refused(_ event: RedisOutgoing, _ error: RedisError) {
        guard isOfServer(error) else {
            return finish(event, .failure(down("Redis did not take the event: \(error)")))
        }
        guard configuration.whileDown != .fail else {
            finish(event, .failure(down("Redis did not take the event: \(error)")))
            return leave(error)
        }
        // Nothing more goes there. Those behind it on the way may have been taken, so their answers are waited for.
        isReady = false
        refusedEvents.append(event)
        refusal = error
    }

    /// Lets refused events wait for another connection when no answer is missing any more. They count as new: with their
    /// old numbers the script would take them for repeated ones if a later one was taken.
    private func sendRefused() {
        guard !refusedEvents.isEmpty, sent.isEmpty, let error = refusal else { return }
        let events = refusedEvents
        (refusedEvents, refusal) = ([], nil)
        for event in events { event.sequence = 0 }
        leave(error)
        waiting.prepend(events)
    }

    /// Whether an error says that the server is not the one that is wanted, or not yet: a replica, one that reads its
    /// data, or one whose scripts were flushed.
    func isOfServer(_ error: RedisError) -> Bool {
        guard error.code == .refused else { return false }
        // What Redis 6 says of a script's command stands within its own message.
        return ["NOSCRIPT", "READONLY", "LOADING", "MASTERDOWN"].contains {
            error.description.hasPrefix($0) || error.description.contains("-\($0) ")
        }
    }

    /// Gives up connections to a server that is not the one that is wanted.
    func leave(_ error: RedisError) {
        commands.reconnect(error)
        if !error.description.hasPrefix("NOSCRIPT") { subscriber.reconnect(error) }
    }

    private func command(_ event: RedisOutgoing) -> RedisCommand {
        guard let history = configuration.history, case .group(let group) = event.topic else {
            return RedisCommand("PUBLISH", .text(event.channel), .bytes(event.frame))
        }
        let once = event.options.idempotencyKey.map { keys.once(group, $0) } ?? ""
        return script(
            .publish,
            keys: [keys.meta(group), keys.stream(group), keys.sent(group, by: process), once],
            [
                .text(event.channel), .bytes(event.frame), .text(newEpoch()), .number(history.size),
                .number(history.seconds), .text("\(event.sequence)"),
            ])
    }

    func script(_ script: RedisScript, keys: [String], _ arguments: [RedisCommand.Word]) -> RedisCommand {
        let head: [RedisCommand.Word] = ["EVALSHA", .text(scripts[script] ?? ""), .number(keys.count)]
        return RedisCommand(head + keys.map { .text($0) } + arguments)
    }

    func down(_ reason: String) -> LayerError {
        LayerError(.down, reason)
    }

    /// The identity of a history, should there be none: 16 hexadecimal digits.
    func newEpoch() -> String { String(randomHex().prefix(16)) }
}
