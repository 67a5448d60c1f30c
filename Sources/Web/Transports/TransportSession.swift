// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import Synchronization

/// The connection that an application sees when its client has no WebSocket: its messages wait here, numbered, until the
/// client has said that it has them.
final class TransportSession: EventSink, Outbox {
    /// A message with its number.
    struct Numbered: Sendable {
        let number: Int
        let message: WebSocketMessage
    }

    /// How the connection has ended.
    struct End: Sendable, Hashable {
        let code: WebSocketCloseCode
        let reason: String
    }

    /// The application's answer to the handshake.
    enum Answer: Sendable {
        case accepted(subprotocol: String?)
        case refused(HTTPResponse.Status, HTTPFields, ByteBuffer)
    }

    /// What a reader gets.
    struct Batch: Sendable {
        var messages: [Numbered] = []
        /// Set when nothing comes behind the messages any more.
        var end: End?
        /// Whether another reader has come, which gets everything from now on.
        var isSuperseded = false
    }

    private enum Phase { case connecting, open, ended }

    private struct State {
        var phase = Phase.connecting
        var messages: [Numbered] = []
        var bytes = 0
        /// The number of the last message.
        var lastNumber = 0
        var end: End?
        /// The number of the client's last message.
        var received = 0
        var reader: Waker?
        var readers = 0
        var lastSeen: Duration
        var wasRead: Duration
        var writers: [Waker] = []
        var reliefs: [@Sendable () -> Void] = []
        var actions: [@Sendable () -> Void] = []
    }

    let id: String
    /// Who has opened it; nobody else may use it.
    let owner: String
    let address: String
    let input = EventQueue<WebSocket.Inbound>()
    let answer = EventQueue<Answer>()
    private let limits: SocketTransport.Limits
    private let clock: any TimeSource
    private let state: Mutex<State>

    init(id: String, owner: String, address: String, limits: SocketTransport.Limits, clock: any TimeSource) {
        (self.id, self.owner, self.address, self.limits, self.clock) = (id, owner, address, limits, clock)
        state = Mutex(State(lastSeen: clock.monotonic, wasRead: clock.monotonic))
        input.push(.connect)
    }

    // MARK: The application

    func offer(_ event: WebSocket.Outbound) throws -> Bool {
        try event.validate()
        switch event {
        case .accept(let subprotocol, _):
            try state.withLock { state throws(SendError) in
                guard state.phase == .connecting else { throw Self.wrongState(state.phase) }
                state.phase = .open
            }
            answer.finish(.accepted(subprotocol: subprotocol))
            return true
        case .deny(let status, let headers, let body):
            try state.withLock { state throws(SendError) in
                guard state.phase == .connecting else { throw Self.wrongState(state.phase) }
            }
            answer.finish(.refused(status, headers, body))
            finish(.abnormal, "")
            return true
        case .close(let code, let reason):
            // Who was not accepted is refused with 403, as in a handshake.
            answer.finish(.refused(.forbidden, [:], ByteBuffer()))
            guard finish(code, reason) else { throw SendError.connectionClosed }
            return true
        case .send(let message, _):
            return try add(message, waits: true)
        }
    }

    /// - Parameter waits: whether a message that finds no room is refused; others are in any case taken.
    private func add(_ message: WebSocketMessage, waits: Bool) throws(SendError) -> Bool {
        let reader = try state.withLock { state throws(SendError) -> Waker?? in
            guard state.phase != .ended else { throw SendError.connectionClosed }
            if waits, isFull(state) { return nil }
            // Whoever has read everything is not behind.
            if state.messages.isEmpty { state.wasRead = clock.monotonic }
            state.lastNumber += 1
            state.messages.append(Numbered(number: state.lastNumber, message: message))
            state.bytes += message.byteCount
            defer { state.reader = nil }
            return .some(state.reader)
        }
        guard let reader else { return false }
        reader?.wake()
        return true
    }

    private func isFull(_ state: borrowing State) -> Bool {
        state.bytes >= limits.outboxBytes || state.messages.count >= limits.outboxMessages
    }

    func writable() async throws {
        let waker = Waker()
        try await withTaskCancellationHandler {
            while true {
                try Task.checkCancellation()
                let isReady = try state.withLock { state throws(SendError) in
                    if state.phase == .ended { throw SendError.connectionClosed }
                    state.writers.removeAll { $0 === waker || $0.isCancelled }
                    guard isFull(state) else { return true }
                    state.writers.append(waker)
                    return false
                }
                if isReady { return }
                await waker.wait()
            }
        } onCancel: {
            waker.cancel()
        }
    }

    /// The application has returned or thrown: what it left open is closed.
    func applicationEnded(_ error: (any Error)?) {
        let disposition = error.map { ErrorDisposition(of: $0) }
        answer.finish(.refused(disposition?.status ?? .internalServerError, disposition?.headers ?? [:], ByteBuffer()))
        finish(disposition?.closeCode ?? .normal, "")
    }

    // MARK: Outbox

    var pressure: OutboxPressure {
        let now = clock.monotonic
        return state.withLock { state in
            guard isFull(state) else { return .none }
            return now - state.wasRead > limits.stallTimeout ? .stalled : .full
        }
    }

    func broadcast(_ message: SharedMessage) {
        // A connection that has ended drops it, as a server's does.
        _ = try? add(message.message, waits: false)
    }

    func onRelief(_ action: @escaping @Sendable () -> Void) {
        let waits = state.withLock { state in
            let waits = state.phase != .ended && isFull(state)
            if waits { state.reliefs.append(action) }
            return waits
        }
        if !waits { action() }
    }

    func close(code: WebSocketCloseCode, reason: String) {
        answer.finish(.refused(.forbidden, [:], ByteBuffer()))
        finish(code, reason)
    }

    func onEnd(_ action: @escaping @Sendable () -> Void) {
        let isEnded = state.withLock { state in
            if state.phase != .ended { state.actions.append(action) }
            return state.phase == .ended
        }
        if isEnded { action() }
    }

    // MARK: The client

    /// Whether the client may have gone: nobody has read or sent for so long.
    func isSilent(for limit: Duration) -> Bool {
        let now = clock.monotonic
        return state.withLock { $0.readers == 0 && now - $0.lastSeen > limit }
    }

    /// Whether it has ended, and the client has had time to ask how.
    func isOver(after limit: Duration) -> Bool {
        let now = clock.monotonic
        return state.withLock { $0.phase == .ended && $0.readers == 0 && now - $0.lastSeen > limit }
    }

    /// Takes a message of the client.
    ///
    /// - Parameter number: from 1 on, one higher each time; one that was taken before is passed over, so that a client may
    ///   repeat what it is not sure of.
    /// - Throws: ``HTTPError`` 409 `out_of_order` when one is missing in front of it, 410 `ended`, 503 `busy` when the
    ///   application has not taken enough of those before.
    func receive(_ message: WebSocketMessage, number: Int) throws(HTTPError) {
        try state.withLock { state throws(HTTPError) in
            state.lastSeen = clock.monotonic
            guard state.phase == .open else { throw HTTPError(.gone, code: "ended") }
            guard number > state.received else { return }
            guard number == state.received + 1 else {
                throw HTTPError(.conflict, code: "out_of_order", "message \(state.received + 1) is missing")
            }
            guard input.count < limits.inboxMessages else {
                throw HTTPError(.serviceUnavailable, code: "busy", headers: [.retryAfter: "1"])
            }
            state.received = number
            // In the lock, so that two requests at once keep the order of their numbers.
            input.push(.receive(message))
        }
    }

    /// The client has all messages up to a number.
    func acknowledge(_ number: Int) {
        let (writers, reliefs) = state.withLock { state -> ([Waker], [@Sendable () -> Void]) in
            let now = clock.monotonic
            state.lastSeen = now
            let kept = state.messages.firstIndex { $0.number > number } ?? state.messages.endIndex
            guard kept > 0 else { return ([], []) }
            state.wasRead = now
            for message in state.messages[..<kept] { state.bytes -= message.message.byteCount }
            state.messages.removeFirst(kept)
            guard !isFull(state) else { return ([], []) }
            defer { (state.writers, state.reliefs) = ([], []) }
            return (state.writers, state.reliefs)
        }
        for action in reliefs { action() }
        for writer in writers { writer.wake() }
    }

    /// Waits for messages behind a number, at most so many bytes of them and one more.
    ///
    /// - Returns: an empty batch when the time is over.
    func read(after number: Int, upTo bytes: Int, within limit: Duration) async -> Batch {
        let waker = Waker()
        let turn = state.withLock { state -> Waker? in
            state.readers += 1
            defer { state.reader = waker }
            return state.reader
        }
        turn?.wake()
        defer {
            let now = clock.monotonic
            state.withLock { state in
                if state.reader === waker { state.reader = nil }
                state.readers -= 1
                state.lastSeen = now
            }
        }
        let timer = Task { [clock] in
            try? await clock.sleep(for: limit)
            waker.cancel()
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            while true {
                if let batch = take(after: number, upTo: bytes, waker) { return batch }
                if waker.isCancelled { return Batch() }
                await waker.wait()
            }
        } onCancel: {
            waker.cancel()
        }
    }

    /// What is there; nil when it has to be waited for.
    private func take(after number: Int, upTo bytes: Int, _ waker: Waker) -> Batch? {
        state.withLock { state in
            var batch = Batch()
            var size = 0
            for message in state.messages where message.number > number && size <= bytes {
                batch.messages.append(message)
                size += message.message.byteCount
            }
            let isAll = (batch.messages.last?.number ?? number) >= state.lastNumber
            if isAll { batch.end = state.end }
            guard batch.messages.isEmpty, batch.end == nil else { return batch }
            // A message that comes takes the reader out; another reader has put itself in its place.
            if state.reader == nil {
                state.reader = waker
            } else if state.reader !== waker {
                batch.isSuperseded = true
                return batch
            }
            return nil
        }
    }

    /// Ends the connection; the application is told once.
    ///
    /// - Returns: whether it was not ended before.
    @discardableResult
    func finish(_ code: WebSocketCloseCode, _ reason: String) -> Bool {
        let ended = state.withLock { state -> (actions: [@Sendable () -> Void], wakers: [Waker])? in
            guard state.phase != .ended else { return nil }
            if state.phase == .connecting { state.messages = [] }
            state.phase = .ended
            state.end = End(code: code, reason: reason)
            defer { (state.actions, state.reliefs, state.writers, state.reader) = ([], [], [], nil) }
            return (state.actions + state.reliefs, state.writers + [state.reader].compactMap(\.self))
        }
        guard let ended else { return false }
        input.finish(.disconnect(code: code, reason: reason))
        for action in ended.actions { action() }
        for waker in ended.wakers { waker.wake() }
        return true
    }

    private static func wrongState(_ phase: Phase) -> SendError {
        phase == .ended ? .connectionClosed : SendError(.wrongState, "the connection was accepted before")
    }
}
