// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import Synchronization

/// Lets a response pass, and remembers it when it is a page that can be kept.
final class PageRecorder: EventSink {
    private enum State {
        case waiting
        case started(HTTPFields)
        case complete(HTTPFields, ByteBuffer)
        case other
    }

    private let base: any EventSink<HTTP.Outbound>
    private let limit: Int
    private let state = Mutex(State.waiting)

    init(base: any EventSink<HTTP.Outbound>, limit: Int) {
        self.base = base
        self.limit = limit
    }

    /// The page, when it was a 200 with its body in one piece.
    var page: (headers: HTTPFields, body: ByteBuffer)? {
        state.withLock { if case .complete(let headers, let body) = $0 { (headers, body) } else { nil } }
    }

    func offer(_ event: HTTP.Outbound) throws -> Bool {
        guard try base.offer(event) else { return false }
        state.withLock { state in
            switch (state, event) {
            case (_, .informational): break
            case (.waiting, .responseStart(status: .ok, let headers)): state = .started(headers)
            case (.started(let headers), .responseBody(let body, moreBody: false)) where body.readableBytes <= limit:
                state = .complete(headers, body)
            default: state = .other
            }
        }
        return true
    }

    func writable() async throws {
        try await base.writable()
    }
}
