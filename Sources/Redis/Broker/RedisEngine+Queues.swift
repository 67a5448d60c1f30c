// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers

/// Queues that workers of all processes share.
extension RedisEngine {
    /// What a look at a queue has found.
    enum Taken: Sendable {
        case delivery(QueueDelivery)
        /// Nothing; when something comes back whose lease is over.
        case nothing(next: Duration?)
    }

    func enqueue(_ frame: ByteBuffer, _ queue: ChannelName, done: @escaping (Result<Void, LayerError>) -> Void) {
        let capacity = configuration.queueCapacity
        run(
            .enqueue, keys: [keys.queue(queue), keys.held(queue)],
            [
                .number(capacity), .text(randomHex()), .bytes(frame), .text(keys.queue(queue)),
                .number(configuration.queueExpiry.milliseconds),
            ]
        ) { [self] answer in
            done(
                answer.flatMap { value in
                    let parts = value.elements?.compactMap(\.integer) ?? []
                    if parts.count == 2, parts[1] > 0 { sink.dropped(parts[1], reason: "expired") }
                    return parts.first == 1
                        ? .success(())
                        : .failure(LayerError(.channelFull, "the channel '\(queue)' holds its \(capacity) events"))
                })
        }
    }

    func take(_ queue: ChannelName, lease: Duration?, done: @escaping (Result<Taken, LayerError>) -> Void) {
        run(
            .take, keys: [keys.queue(queue), keys.leases(of: queue), keys.held(queue), keys.aside(queue)],
            [.number(lease?.milliseconds ?? 0), .number(configuration.queueExpiry.milliseconds)]
        ) { [self] answer in
            done(answer.flatMap { taken($0, queue) })
        }
    }

    private func taken(_ value: RESPValue, _ queue: ChannelName) -> Result<Taken, LayerError> {
        let parts = value.elements ?? []
        if parts.count == 4, let id = parts[0].text, let attempt = parts[1].integer, let frame = parts[2].bytes {
            if let expired = parts[3].integer, expired > 0 { sink.dropped(expired, reason: "expired") }
            guard let read = read(frame) else {
                settle(id, attempt, of: queue, as: .setAside) { _ in }
                return .success(.nothing(next: .zero))
            }
            return .success(.delivery(QueueDelivery(event: read.event, id: id, attempt: attempt)))
        }
        guard parts.count == 2, let expired = parts[0].integer, let next = parts[1].integer else {
            return .failure(down("the queue cannot be read: Redis answers something else"))
        }
        if expired > 0 { sink.dropped(expired, reason: "expired") }
        return .success(.nothing(next: next < 0 ? nil : .milliseconds(next)))
    }

    func settle(
        _ id: String, _ attempt: Int, of queue: ChannelName, as outcome: QueueOutcome,
        done: @escaping (Result<Bool, LayerError>) -> Void
    ) {
        let (word, delay): (RedisCommand.Word, Int) =
            switch outcome {
            case .done: ("done", 0)
            case .retry(let delay): ("retry", delay.milliseconds)
            case .setAside: ("aside", 0)
            }
        run(
            .settle, keys: [keys.leases(of: queue), keys.held(queue), keys.aside(queue)],
            [.text(id), word, .number(delay), .number(attempt)]
        ) { done($0.map { $0.integer == 1 }) }
    }

    /// Calls when something may have come to a queue.
    func watch(_ queue: ChannelName, onNotice: @escaping () -> Void) {
        let channel = keys.queue(queue)
        guard topics[channel] == nil else { return }
        subscribe(.channel(ChannelName(rawValue: channel))) {}
        topics[channel]?.onNotice = onNotice
    }

    private func run(
        _ name: RedisScript, keys: [String], _ arguments: [RedisCommand.Word],
        done: @escaping (Result<RESPValue, LayerError>) -> Void
    ) {
        guard !isStopped else { return done(.failure(LayerError(.closed, "the channel layer was shut down"))) }
        guard let connection = commands.connection, areScriptsLoaded else {
            return done(.failure(down("Redis cannot be reached")))
        }
        connection.send(script(name, keys: keys, arguments), timeout: .seconds(5)) { [self] answer in
            if case .failure(let error) = answer, isOfServer(error) { leave(error) }
            done(answer.mapError { down("Redis did not do what was asked: \($0)") })
        }
    }
}

extension Duration {
    /// Whole milliseconds, at least 1 for what is not zero.
    fileprivate var milliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
