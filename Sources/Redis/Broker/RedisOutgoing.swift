// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers

/// An event on its way to Redis, and what is known of it: the server's answer, and what this process's members took when
/// it came back by the subscription.
final class RedisOutgoing {
    typealias Completion = (Result<Receipt, LayerError>) -> Void

    let event: LayerEvent
    let topic: Topic
    let channel: String
    let options: PublishOptions
    /// With a history, open at its end.
    let frame: ByteBuffer
    /// Until when it may wait for Redis.
    let deadline: NIODeadline
    var sequence: UInt64 = 0
    var completion: Completion?

    private var answer: Receipt?
    private(set) var answeredAt: NIODeadline?
    private var local: Receipt?
    private var awaitsEcho = false

    init(
        _ event: LayerEvent, _ topic: Topic, channel: String, _ options: PublishOptions, frame: ByteBuffer,
        deadline: NIODeadline, completion: Completion?
    ) {
        self.event = event
        self.topic = topic
        self.channel = channel
        self.options = options
        self.frame = frame
        self.deadline = deadline
        self.completion = completion
    }

    var isWaiting: Bool { completion != nil }
    var hasEchoed: Bool { local != nil }

    func expectEcho() {
        awaitsEcho = true
    }

    /// Redis has taken it.
    func answered(_ receipt: Receipt) {
        answer = receipt
        answeredAt = .now()
        if receipt.isDuplicate || receipt.processes == 0 { awaitsEcho = false }
        finishIfDone()
    }

    /// It came back; `nil`: it will not, since the subscription was lost.
    func echoed(_ receipt: Receipt?) {
        if let receipt { local = receipt }
        awaitsEcho = false
        finishIfDone()
    }

    func fail(_ error: LayerError) {
        let completion = completion
        self.completion = nil
        completion?(.failure(error))
    }

    /// Says that it waits in this process; from then on nobody is told.
    func queued() {
        var receipt = Receipt()
        receipt.isQueued = true
        let completion = completion
        self.completion = nil
        completion?(.success(receipt))
    }

    private func finishIfDone() {
        guard let answer, !awaitsEcho, let completion else { return }
        self.completion = nil
        var receipt = local ?? Receipt()
        receipt.processes = answer.processes
        receipt.position = answer.position
        receipt.isDuplicate = answer.isDuplicate
        completion(.success(receipt))
    }
}
