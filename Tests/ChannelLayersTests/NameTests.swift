// SPDX-License-Identifier: Apache-2.0

import SluiceChannelLayers
import Testing

@Suite("Names of channels and groups")
struct NameTests {
    let layer = BrokeredChannelLayer()

    @Test(
        "test_layers.py::test_channel_and_group_name_validation: channel names that are taken",
        arguments: ["channel_name", "a", "chan.nel-1_X", String(repeating: "x", count: 99)])
    func validChannels(name: String) async throws {
        try await layer.send(Text(text: "x"), to: ChannelName(rawValue: name))
        #expect(try await layer.receive(ChannelName(rawValue: name)).value(as: Text.self) == Text(text: "x"))
    }

    @Test(
        "test_core.py::test_reject_bad_channel, test_layers.py::test_channel_name_length_error_message: others are refused",
        arguments: [
            "", "¯\\_(ツ)_/¯", "chan nel", "a/b", "a:b", "a\n", "a\0", "!a", "a!b!c", String(repeating: "x", count: 100),
        ])
    func invalidChannels(name: String) async throws {
        let channel = ChannelName(rawValue: name)
        let sending = await refusal { try await layer.send(Text(text: "x"), to: channel) }
        let receiving = await refusal { try await layer.receive(channel) }
        let joining = await refusal { try await layer.groupAdd("group", channel) }
        for error in [sending, receiving, joining] {
            #expect(error?.code == .invalidName)
            #expect(error?.description.contains("a channel name has only ASCII letters, digits") == true)
            #expect(error?.description.contains("under 100 characters") == true)
        }
    }

    @Test(
        "group names are any Unicode text of 1 to 1024 bytes",
        arguments: ["group", "聊天", "a b/c", "🎉", String(repeating: "é", count: 512)])
    func validGroups(name: String) async throws {
        let group = GroupName(rawValue: name)
        let inbox = try await layer.member(of: group)
        #expect(try await layer.groupSend(group, Numbered(number: 1)).accepted == 1)
        #expect(contents(inbox) == "1")
    }

    @Test(
        "test_layers.py::test_group_name_length_error_message: empty and over-long group names are refused, and say so",
        arguments: ["", String(repeating: "é", count: 512) + "x"])
    func invalidGroups(name: String) async throws {
        let group = GroupName(rawValue: name)
        let inbox = try layer.open()
        let joining = await refusal { try await layer.groupAdd(group, inbox.name) }
        let leaving = await refusal { try await layer.groupDiscard(group, inbox.name) }
        let sending = await refusal { try await layer.groupSend(group, Text(text: "x")) }
        for error in [joining, leaving, sending] {
            #expect(error?.code == .invalidName)
            #expect(error?.description.hasPrefix("a group name has 1 to 1024 bytes") == true)
        }
    }

    @Test("test_core.py::test_random_reset__client_prefix: two layers make different names, valid ones")
    func namesOfTheLayer() async throws {
        let (one, other) = (try layer.open(), try BrokeredChannelLayer().open())
        #expect(one.name != other.name)
        #expect(one.name.isLocal)
        let parts = one.name.rawValue.split(separator: "!")
        #expect(parts.count == 2 && parts[0].hasPrefix("specific.") && parts[0].utf8.count == 41)
        #expect(parts[0].dropFirst(9) != other.name.rawValue.split(separator: "!")[0].dropFirst(9))
        #expect(await refusal { try await layer.newChannel(prefix: "sp cific") }?.code == .invalidName)
    }
}
