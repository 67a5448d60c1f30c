// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore
import Synchronization

/// A body that a middleware has read, as the view's first event; what follows comes from the connection.
final class ReplayedBody: EventSource {
    private let body: Mutex<ByteBuffer?>
    private let base: any EventSource<HTTP.Inbound>

    init(body: ByteBuffer, base: any EventSource<HTTP.Inbound>) {
        self.body = Mutex(body)
        self.base = base
    }

    func poll() -> HTTP.Inbound? {
        if let body = body.withLock({ $0.take() }) { return .request(body: body, moreBody: false) }
        return base.poll()
    }

    func arm(_ waker: Waker) -> Bool {
        body.withLock { $0 != nil } ? false : base.arm(waker)
    }

    var isFinished: Bool { body.withLock { $0 == nil } && base.isFinished }
}
