// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization

/// What one member of a group said, to all of them.
struct GroupText: ChannelEvent {
    static let type = "lab.text"
    var text: String
}

/// The same in bytes.
struct GroupBytes: ChannelEvent {
    static let type = "lab.bytes"
    var bytes: ByteBuffer
}

/// Sends what it hears to its group, and what it hears from the group to its client.
final class GroupConsumer: SyncConsumer {
    private var group = GroupName()

    override class var handlers: [Handler] { [.on(GroupConsumer.said), .on(GroupConsumer.sent)] }

    override class var inboxBudget: InboxBudget { InboxBudget(bytes: LabOptions.budget.withLock { $0.bytes }) }
    override class var overflowPolicy: OverflowPolicy { LabOptions.budget.withLock { $0.policy } }

    override func connect() async throws {
        group = "lab.\(scope.route["group"])"
        try await channelLayer.groupAdd(group, channelName)
        try await accept()
    }

    override func received(_ message: WebSocketMessage) throws {
        switch message {
        case .text(let text): try publish(GroupText(text: text), to: group)
        case .bytes(let bytes): try publish(GroupBytes(bytes: bytes), to: group)
        }
    }

    func said(_ event: GroupText) throws {
        try send(text: event.text)
    }

    func sent(_ event: GroupBytes) throws {
        try send(bytes: event.bytes)
    }
}
