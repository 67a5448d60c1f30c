// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers

extension ChannelLayerConformance {
    static let presence = [
        Check("who is in a group is known in every process, once for each key, with all metadata") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("presence")
            let (first, second) = (
                try await fixture.member(of: group, in: one), try await fixture.member(of: group, in: other)
            )
            try await one.track(group, first.name, key: "anna", metadata: ["page": "1"])
            try await other.track(group, second.name, key: "anna", metadata: ["page": "2"])
            try await eventually("both are known") {
                let entries = (try await one.presence(group), try await other.presence(group))
                return [entries.0, entries.1].allSatisfy {
                    $0.count == 1 && $0[0].key == "anna"
                        && Set($0[0].metadata) == [["page": "1"], ["page": "2"]]
                }
            }
            one.close(first)
            try await eventually("one is left") {
                try await other.presence(group) == [PresenceEntry(key: "anna", metadata: [["page": "2"]])]
            }
            other.close(second)
            try await eventually("nobody is left") {
                let left = (try await one.presence(group), try await other.presence(group))
                return left.0.isEmpty && left.1.isEmpty
            }
        },
        Check("members of every process are told who came and who went, and of nothing else") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("diffs")
            let watcher = try await fixture.member(of: group, in: other)
            _ = try await other.presence(group)
            let (first, second) = (
                try await fixture.member(of: group, in: one), try await fixture.member(of: group, in: other)
            )
            try await one.track(group, first.name, key: "anna", metadata: ["page": "1"])
            let came = try await watcher.diff("who comes")
            try expect(
                came.joined == [PresenceEntry(key: "anna", metadata: [["page": "1"]])] && came.left.isEmpty,
                "told of \(came)")
            try await other.track(group, second.name, key: "anna", metadata: [:])
            try await eventually("both are known") { try await one.presence(group).first?.metadata.count == 2 }
            one.close(first)
            try await eventually("one is left") { try await other.presence(group).first?.metadata.count == 1 }
            other.close(second)
            let went = try await watcher.diff("who goes")
            try expect(went.joined.isEmpty && went.left == ["anna"], "told of \(went)")
        },
        Check("a shut-down process leaves nobody behind") { fixture in
            let (one, other) = (try await fixture.process(), try await fixture.process())
            let group = fixture.group("shutdown")
            let inbox = try await fixture.member(of: group, in: one)
            try await one.track(group, inbox.name, key: "anna", metadata: [:])
            try await eventually("she is known") { try await other.presence(group).count == 1 }
            await one.shutdown()
            try await eventually("nobody is left") { try await other.presence(group).isEmpty }
        },
    ]
}

extension Inbox {
    /// The next change of presence.
    func diff(_ what: String) async throws -> PresenceDiff {
        while let event = try await next(within: .seconds(20)) {
            if case .event(let event) = event, let diff = event.value(as: PresenceDiff.self) { return diff }
        }
        throw CommunicatorError(.timedOut, "\(what): no change of presence came")
    }
}
