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

/// A client's writer that is as far behind as a test says, and may end the connection in the middle of a call.
final class FakeOutbox: Outbox {
    func broadcast(_ message: SharedMessage) {}

    private struct State {
        var pressure = OutboxPressure.none
        var closes: [WebSocketCloseCode] = []
        var actions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    init(_ pressure: OutboxPressure = .none) {
        state.withLock { $0.pressure = pressure }
    }

    var pressure: OutboxPressure {
        get { state.withLock { $0.pressure } }
        set { state.withLock { $0.pressure = newValue } }
    }

    var closes: [WebSocketCloseCode] { state.withLock { $0.closes } }

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
        case .gap(let gap): found.append("gap(\(gap.count))")
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
