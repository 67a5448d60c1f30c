// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Testing

@Suite("The leak check")
struct LeakCheckTests {
    @Test("names what is left: consumers, memberships, channels, connections")
    func names() async throws {
        let state = LifespanState.testing()
        let communicator = WebSocketCommunicator(ConsumerApplication(Joining.init), state: state)
        try await communicator.connect()
        let error = await #expect(throws: CommunicatorError.self) {
            try await expectNoLeaks(in: state, connections: { 3 }, within: .milliseconds(10))
        }
        #expect(error?.code == .leak)
        let expected = [
            "1 consumers", "1 connects, but 0 disconnects", "1 channels of the layer 'default'",
            "1 memberships of 'default'", "1 groups of 'default'", "3 connections",
        ]
        for part in expected { #expect(error?.description.contains(part) == true) }
        try await communicator.disconnect()
        try await expectNoLeaks(in: state)
    }

    @Test("runs a body with its own state, and fails for what the body leaves")
    func body() async throws {
        try await withLeakCheck { state in
            _ = try await state.channelLayer().groupSend("nobody", Nothing())
        }
        await #expect(throws: CommunicatorError.self) {
            try await withLeakCheck(within: .milliseconds(10)) { state in
                _ = try await state.channelLayer().newChannel()
            }
        }
    }

    private struct Nothing: ChannelEvent {
        static let type = "test.nothing"
    }

    private final class Joining: Consumer {
        override class var groups: [GroupName] { ["g"] }
    }
}
