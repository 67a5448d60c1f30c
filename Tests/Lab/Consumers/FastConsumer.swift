// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization

/// Sends what it hears to all clients of its group by the path that encodes the frame once and wakes no consumer.
final class FastConsumer: Consumer {
    private var group = GroupName()

    override class var overflowPolicy: OverflowPolicy { LabOptions.budget.withLock { $0.policy } }

    override func connect() async throws {
        group = "lab.fast.\(scope.route["group"])"
        try await channelLayer.groupAdd(group, channelName)
        try await accept()
    }

    override func receive(text: String) async throws {
        try await channelLayer.groupBroadcast(group, text: text)
    }

    override func receive(bytes: ByteBuffer) async throws {
        try await channelLayer.groupBroadcast(group, bytes: bytes)
    }
}
