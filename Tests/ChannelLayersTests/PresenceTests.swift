// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceTesting
import Testing

@testable import SluiceChannelLayers

@Suite("Presence in memory")
struct PresenceTests {
    let time = VirtualTime()
    let layer: BrokeredChannelLayer

    init() {
        layer = BrokeredChannelLayer(clock: time)
    }

    /// The next announcement that reaches an inbox, after its 50 ms.
    private func diff(_ inbox: Inbox) async throws -> PresenceDiff? {
        while time.sleepers == 0 { await Task.yield() }
        time.advance(by: .milliseconds(50))
        guard case .event(let event) = try await inbox.next() else { return nil }
        return event.value(as: PresenceDiff.self)
    }

    @Test("A key is there once however many channels it has, and goes with the last of them")
    func countedByKey() async throws {
        let watcher = try await layer.member(of: "room")
        let first = try layer.open()
        let second = try layer.open()
        try await layer.track("room", first.name, key: "anna", metadata: ["page": "1"])
        try await layer.track("room", second.name, key: "anna", metadata: ["page": "2"])
        #expect(
            try await layer.presence("room") == [
                PresenceEntry(key: "anna", metadata: [["page": "1"], ["page": "2"]])
            ])
        #expect(try await diff(watcher)?.joined.map(\.key) == ["anna"])
        layer.close(first)
        layer.close(second)
        #expect(try await layer.presence("room").isEmpty)
        #expect(try await diff(watcher) == PresenceDiff(group: "room", joined: [], left: ["anna"]))
    }

    @Test("A page that is loaded again within 50 ms is no change")
    func reload() async throws {
        let watcher = try await layer.member(of: "room")
        let first = try layer.open()
        try await layer.track("room", first.name, key: "anna")
        _ = try await diff(watcher)
        layer.close(first)
        let second = try layer.open()
        try await layer.track("room", second.name, key: "anna")
        let third = try layer.open()
        try await layer.track("room", third.name, key: "ben")
        #expect(try await diff(watcher).map { "\($0.joined.map(\.key)) \($0.left)" } == #"["ben"] []"#)
    }

    @Test("Tracking again changes the key; untracking ends it; rooms are apart")
    func change() async throws {
        let inbox = try layer.open()
        try await layer.track("a", inbox.name, key: "anna")
        try await layer.track("a", inbox.name, key: "ben")
        try await layer.track("b", inbox.name, key: "cleo")
        #expect(try await layer.presence("a").map(\.key) == ["ben"])
        try await layer.untrack("a", inbox.name)
        try await layer.untrack("a", inbox.name)
        #expect(try await layer.presence("a").isEmpty)
        #expect(try await layer.presence("b").map(\.key) == ["cleo"])
    }

    @Test("Unknown channels and too much metadata are refused")
    func refused() async throws {
        #expect(await refusal { try await layer.track("a", "specific.x!y", key: "k") }?.code == .noSuchChannel)
        let inbox = try layer.open()
        let large = ["note": String(repeating: "x", count: 5_000)]
        #expect(
            await refusal { try await layer.track("a", inbox.name, key: "k", metadata: large) }?.code
                == .messageTooLarge)
    }
}
