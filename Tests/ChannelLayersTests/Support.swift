// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Synchronization
import Testing

@testable import SluiceChannelLayers

struct Numbered: ChannelEvent, Equatable {
    static let type = "test.numbered"
    var number: Int
    var sender = 0
}

struct Text: ChannelEvent, Equatable {
    static let type = "test.text"
    var text: String
}

/// A client's writer that is as far behind as a test says, keeps what is broadcast to it, and may end the connection in
/// the middle of a call.
final class FakeOutbox: Outbox {
    private struct State {
        var pressure = OutboxPressure.none
        var room = Int.max
        var messages: [SharedMessage] = []
        var closes: [WebSocketCloseCode] = []
        var actions: [@Sendable () -> Void] = []
        var reliefs: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    init(_ pressure: OutboxPressure = .none) {
        state.withLock { $0.pressure = pressure }
    }

    var pressure: OutboxPressure {
        get { state.withLock { $0.pressure } }
        set {
            let reliefs = state.withLock { state -> [@Sendable () -> Void] in
                defer { state.pressure = newValue }
                guard newValue < state.pressure else { return [] }
                defer { state.reliefs = [] }
                return state.reliefs
            }
            for action in reliefs { action() }
        }
    }

    var messages: [SharedMessage] { state.withLock { $0.messages } }
    /// The broadcast texts, in order.
    var texts: [String] { messages.map { if case .text(let text) = $0.message { text } else { "?" } } }
    var closes: [WebSocketCloseCode] { state.withLock { $0.closes } }

    /// How many further messages it takes until it is full.
    func setRoom(_ room: Int) {
        state.withLock { $0.room = room }
    }

    func broadcast(_ message: SharedMessage) {
        state.withLock { state in
            state.messages.append(message)
            state.room -= 1
            if state.room == 0 { state.pressure = .full }
        }
    }

    func onRelief(_ action: @escaping @Sendable () -> Void) {
        let waits = state.withLock { state in
            if state.pressure > .none { state.reliefs.append(action) }
            return state.pressure > .none
        }
        if !waits { action() }
    }

    func close(code: WebSocketCloseCode, reason: String) {
        let actions = state.withLock { state in
            state.closes.append(code)
            defer { state.actions = [] }
            return state.actions
        }
        for action in actions { action() }
    }

    func onEnd(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.actions.append(action) }
    }
}

/// What an inbox holds, in words: `1 2 gap(3) 4`.
func contents(_ inbox: Inbox) -> String {
    var found: [String] = []
    while let event = inbox.poll() {
        switch event {
        case .event(let event):
            found.append(event.value(as: Numbered.self).map { "\($0.number)" } ?? event.type)
        case .gap(let gap): found.append("gap(\(gap.count)\(gap.isUncertain ? "?" : ""))")
        case .health(let health): found.append("\(health)")
        case .closed: return (found + ["closed"]).joined(separator: " ")
        }
    }
    return found.joined(separator: " ")
}

extension BrokeredChannelLayer {
    /// A channel that has joined a group.
    func member(
        of group: GroupName, budget: InboxBudget = InboxBudget(), policy: OverflowPolicy = .disconnect,
        outbox: (any Outbox)? = nil
    ) async throws -> Inbox {
        let inbox = try open(budget: budget, policy: policy, outbox: outbox)
        try await groupAdd(group, inbox.name)
        return inbox
    }
}

/// The code of a layer's refusal.
func refusal(_ body: () async throws -> some Any) async -> LayerError? {
    await #expect(throws: LayerError.self) { _ = try await body() }
}
