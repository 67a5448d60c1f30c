// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import Synchronization

/// The client's end of a request under test: takes the response and refuses what a server refuses.
final class HTTPPeer: EventSink {
    private enum State {
        case waiting
        case started(remaining: Int?)
        case complete
    }

    private let state = Mutex(State.waiting)
    private let input: EventQueue<HTTP.Inbound>
    private let output: EventQueue<ApplicationOutput<HTTP.Outbound>>
    private let isHead: Bool
    private let deliveredFlag = Atomic<Bool>(false)

    init(
        input: EventQueue<HTTP.Inbound>, output: EventQueue<ApplicationOutput<HTTP.Outbound>>, isHead: Bool
    ) {
        self.input = input
        self.output = output
        self.isHead = isHead
    }

    func offer(_ event: HTTP.Outbound) throws -> Bool {
        let isComplete = try state.withLock { state throws(SendError) in
            try Self.advance(&state, event, isHead: isHead)
            output.push(.event(event))
            if case .complete = state { return true }
            return false
        }
        // As in ASGI: behind a complete response the client counts as gone.
        if isComplete { input.finish(.disconnect) }
        return true
    }

    func writable() async throws {}

    /// Whether the test has taken the response's last piece.
    var isDelivered: Bool { deliveredFlag.load(ordering: .relaxed) }

    func delivered() {
        deliveredFlag.store(true, ordering: .relaxed)
    }

    /// The client has gone: what the application still sends is refused.
    func disconnect() {
        state.withLock { $0 = .complete }
        input.finish(.disconnect)
    }

    private static func advance(_ state: inout State, _ event: HTTP.Outbound, isHead: Bool) throws(SendError) {
        switch (event, state) {
        case (_, .complete): throw SendError.connectionClosed
        case (.informational(let status, _), .waiting):
            guard status.kind == .informational, status.code != 101 else {
                throw SendError(.wrongState, "\(status.code) is not an informational status")
            }
        case (.responseStart(let status, let headers), .waiting):
            guard (200...999).contains(status.code) else {
                throw SendError(.wrongState, "\(status.code) is not a final status")
            }
            let hasBody = !isHead && status != .noContent && status != .notModified
            state = .started(remaining: hasBody ? headers[.contentLength].flatMap { Int($0) } : nil)
        case (.responseBody(let body, let moreBody), .started(let remaining)):
            let rest = remaining.map { $0 - body.readableBytes }
            if let rest, rest < 0 || rest > 0 && !moreBody {
                throw SendError(.contentLengthMismatch, "the body has not the length that Content-Length said")
            }
            state = moreBody ? .started(remaining: rest) : .complete
        case (.responseTrailers, .started): state = .complete
        case (.informational, .started): throw SendError(.wrongState, "an informational response after the final one")
        case (.responseStart, .started): throw SendError(.wrongState, "the response was started before")
        case (.responseBody, .waiting): throw SendError(.wrongState, "a body before the response's start")
        case (.responseTrailers, .waiting): throw SendError(.wrongState, "trailers without a body before them")
        }
    }
}
