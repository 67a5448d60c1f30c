// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Synchronization

/// The client's end of a WebSocket under test: takes what the application sends and refuses what a server refuses.
///
/// It reads at once, unless a test says that it is behind (``setPressure(_:)``).
final class WebSocketPeer: EventSink, Outbox {
    private enum Phase {
        case handshake, open, ended
    }

    private struct State {
        var phase = Phase.handshake
        var early: [WebSocket.Outbound] = []
        var earlyBytes = 0
        var pressure = OutboxPressure.none
        var waiting: [Waker] = []
        var actions: [@Sendable () -> Void] = []
        var reliefs: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let input: EventQueue<WebSocket.Inbound>
    private let output: EventQueue<ApplicationOutput<WebSocket.Outbound>>
    private let subprotocols: [String]

    init(
        input: EventQueue<WebSocket.Inbound>, output: EventQueue<ApplicationOutput<WebSocket.Outbound>>,
        subprotocols: [String]
    ) {
        self.input = input
        self.output = output
        self.subprotocols = subprotocols
    }

    // MARK: EventSink

    func offer(_ event: WebSocket.Outbound) throws -> Bool {
        let (isTaken, code) = try state.withLock { state throws(SendError) in
            switch state.phase {
            case .handshake: (true, try answer(event, &state))
            case .open: try send(event, &state)
            case .ended: throw SendError.connectionClosed
            }
        }
        if let code {
            input.removeAll()
            end(code, "")
        }
        return isTaken
    }

    /// - Returns: the code that the application is told at the end, if the event is one.
    private func answer(_ event: WebSocket.Outbound, _ state: inout State) throws(SendError) -> WebSocketCloseCode? {
        try event.validate()
        switch event {
        case .accept(let subprotocol, _):
            if let subprotocol, !subprotocols.contains(subprotocol) {
                throw SendError(.wrongState, "the client does not offer the subprotocol '\(subprotocol)'")
            }
            state.phase = .open
            output.push(.event(event))
            for message in state.early { output.push(.event(message)) }
            state.early = []
            return nil
        case .send(let message, _):
            state.earlyBytes += message.byteCount
            guard state.earlyBytes <= 1 << 20 else {
                throw SendError(.wrongState, "more than \(1 << 20) bytes before accept")
            }
            state.early.append(event)
            return nil
        case .close, .deny:
            output.push(.event(event))
            return .abnormal
        }
    }

    private func send(
        _ event: WebSocket.Outbound, _ state: inout State
    ) throws(SendError) -> (Bool, WebSocketCloseCode?) {
        try event.validate()
        switch event {
        case .send:
            guard state.pressure < .full else { return (false, nil) }
            output.push(.event(event))
            return (true, nil)
        case .close(let code, _):
            output.push(.event(event))
            return (true, code)
        case .accept, .deny:
            throw SendError(.wrongState, "the connection was accepted before")
        }
    }

    func writable() async throws {
        let waker = Waker()
        try await withTaskCancellationHandler {
            while true {
                try Task.checkCancellation()
                let isReady = try state.withLock { state throws(SendError) in
                    if state.phase == .ended { throw SendError.connectionClosed }
                    state.waiting.removeAll { $0 === waker || $0.isCancelled }
                    guard state.pressure >= .full else { return true }
                    state.waiting.append(waker)
                    return false
                }
                if isReady { return }
                await waker.wait()
            }
        } onCancel: {
            waker.cancel()
        }
    }

    // MARK: Outbox

    var pressure: OutboxPressure { state.withLock { $0.pressure } }

    func broadcast(_ message: SharedMessage) {
        // A connection that has ended drops it, as a server's does.
        _ = try? offer(.send(message.message))
    }

    func close(code: WebSocketCloseCode, reason: String) {
        // From here, as from a server's event loop, the connection ends behind the caller's back.
        Task { _ = try? offer(.close(code: code, reason: reason)) }
    }

    func onEnd(_ action: @escaping @Sendable () -> Void) {
        let isEnded = state.withLock { state in
            if state.phase != .ended { state.actions.append(action) }
            return state.phase == .ended
        }
        if isEnded { action() }
    }

    func onRelief(_ action: @escaping @Sendable () -> Void) {
        let waits = state.withLock { state in
            let waits = state.phase != .ended && state.pressure > .none
            if waits { state.reliefs.append(action) }
            return waits
        }
        if !waits { action() }
    }

    // MARK: The client

    func setPressure(_ pressure: OutboxPressure) {
        let (actions, wakers) = state.withLock { state -> ([@Sendable () -> Void], [Waker]) in
            defer { state.pressure = pressure }
            guard pressure < state.pressure else { return ([], []) }
            defer { state.reliefs = [] }
            guard pressure == .none else { return (state.reliefs, []) }
            defer { state.waiting = [] }
            return (state.reliefs, state.waiting)
        }
        for action in actions { action() }
        for waker in wakers { waker.wake() }
    }

    /// Ends the connection; the application is told once.
    func end(_ code: WebSocketCloseCode, _ reason: String) {
        let ended = state.withLock { state -> (actions: [@Sendable () -> Void], wakers: [Waker])? in
            guard state.phase != .ended else { return nil }
            state.phase = .ended
            state.early = []
            defer { (state.actions, state.reliefs, state.waiting) = ([], [], []) }
            return (state.actions + state.reliefs, state.waiting)
        }
        guard let ended else { return }
        input.finish(.disconnect(code: code, reason: reason))
        for action in ended.actions { action() }
        for waker in ended.wakers { waker.wake() }
    }

    /// The application has ended: as a server does, close what it has left open.
    func applicationEnded(_ error: (any Error)?) {
        let wasOpen = state.withLock { $0.phase == .open }
        let code = error.map { ErrorDisposition(of: $0).closeCode } ?? .normal
        if wasOpen { _ = try? offer(.close(code: code, reason: "")) }
        end(.abnormal, "")
    }
}
