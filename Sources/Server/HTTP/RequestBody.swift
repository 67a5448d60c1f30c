// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import Synchronization

/// A request's body on its way to the application; asks the client to go on when the application first looks
/// (`Expect: 100-continue`, RFC 9110 §10.1.1).
final class RequestBody: EventSource {
    private let queue: EventQueue<HTTP.Inbound>
    private let onFirstLook: (@Sendable () -> Void)?
    /// Whether the request has no body: one empty piece, which takes no room in the queue.
    private let isEmpty: Bool
    private let looked = Atomic<Bool>(false)
    private let waiting = Atomic<Int>(0)

    /// The body of a request that has none.
    init() {
        queue = EventQueue()
        onFirstLook = nil
        isEmpty = true
    }

    /// A body that comes in pieces.
    init(onEmpty: @escaping @Sendable () -> Void, onFirstLook: (@Sendable () -> Void)?) {
        queue = EventQueue(onEmpty: onEmpty)
        self.onFirstLook = onFirstLook
        isEmpty = false
    }

    func push(_ body: ByteBuffer, moreBody: Bool) {
        waiting.add(body.readableBytes, ordering: .relaxed)
        queue.push(.request(body: body, moreBody: moreBody))
    }

    /// Bytes that the application has not taken.
    var waitingBytes: Int { waiting.load(ordering: .relaxed) }

    func finish() {
        queue.finish(.disconnect)
    }

    /// The application has returned: what it has not taken is let go, and keeps nobody from reading on.
    func discard() {
        queue.removeAll()
        waiting.store(0, ordering: .relaxed)
        finish()
    }

    /// Whether pieces wait; then `onEmpty` is called when they have been taken.
    func isWaiting() -> Bool {
        queue.notifyWhenEmpty()
    }

    /// Whether the application has asked for the body.
    var isLookedAt: Bool { looked.load(ordering: .relaxed) }

    func poll() -> HTTP.Inbound? {
        if !isLookedAt, !looked.exchange(true, ordering: .relaxed) {
            if isEmpty { return .request(body: ByteBuffer(), moreBody: false) }
            onFirstLook?()
        }
        let event = queue.poll()
        if case .request(let body, _) = event { waiting.subtract(body.readableBytes, ordering: .relaxed) }
        return event
    }

    func arm(_ waker: Waker) -> Bool {
        isEmpty && !isLookedAt ? false : queue.arm(waker)
    }

    var isFinished: Bool { queue.isFinished }
}
