// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import Sluice
import Synchronization

/// What a member of a JSON room said: any JSON object.
struct RoomMessage: ChannelEvent {
    static let type = "chat.message"
    var payload: JSON
}

/// The JSON room: objects go to all members of `chat_<group>`, objects with a `cmd` are done.
final class JSONRoomConsumer: JSONConsumer<JSON> {
    private var group = GroupName()

    override class var handlers: [Handler] { [.on(JSONRoomConsumer.chatMessage)] }
    override class var inboxBudget: InboxBudget { InboxBudget(bytes: LabOptions.budget.withLock { $0.bytes }) }
    override class var overflowPolicy: OverflowPolicy { LabOptions.budget.withLock { $0.policy } }

    override func connect() async throws {
        group = "chat_\(scope.route["group"])"
        try await channelLayer.groupAdd(group, channelName)
        try await accept()
    }

    override func receive(json message: JSON) async throws {
        guard case .object(let fields) = message else {
            return try await send(json: JSONErrorFrame(code: "bad_message", message: "an object is needed"))
        }
        guard let command = fields["cmd"]?.string else {
            try await channelLayer.groupSend(group, RoomMessage(payload: message))
            return
        }
        try await run(command, fields)
    }

    func chatMessage(_ event: RoomMessage) async throws {
        try await send(json: event.payload)
    }

    private func run(_ command: String, _ fields: [String: JSON]) async throws {
        switch command {
        case "whoami":
            let pid = Int(ProcessInfo.processInfo.processIdentifier)
            try await reply("whoami", ["channel": .string(channelName.rawValue), "pid": .int(pid)])
        case "join", "leave":
            let name = fields["group"]?.string ?? ""
            if command == "join" {
                try await channelLayer.groupAdd("chat_\(name)", channelName)
            } else {
                try await channelLayer.groupDiscard("chat_\(name)", channelName)
            }
            try await reply(command, ["group": .string(name)])
        case "send": try await sendDirectly(fields)
        case "burst": try await burst(fields)
        case "stall":
            try await scope.connection.clock.sleep(for: .milliseconds(min(fields["ms"]?.int ?? 0, 600_000)))
        default:
            try await send(json: JSONErrorFrame(code: "bad_message", message: "there is no such command"))
        }
    }

    private func sendDirectly(_ fields: [String: JSON]) async throws {
        let channel = ChannelName(rawValue: fields["channel"]?.string ?? "")
        do {
            try await channelLayer.send(RoomMessage(payload: fields["payload"] ?? .null), to: channel)
            try await reply("send", ["ok": .bool(true)])
        } catch let error as LayerError where error.code == .channelFull {
            try await reply("send", ["ok": .bool(false), "error": .string("ChannelFull")])
        } catch let error as LayerError {
            try await reply("send", ["ok": .bool(false), "error": .string(error.description)])
        }
    }

    private func burst(_ fields: [String: JSON]) async throws {
        let count = min(max(fields["n"]?.int ?? 0, 0), 100_000)
        let pad = JSON.string(String(repeating: "x", count: min(max(fields["size"]?.int ?? 0, 0), 1 << 20)))
        var failed = 0
        for number in 0..<count {
            let payload = JSON.object(["tag": fields["tag"] ?? .null, "n": .int(number), "pad": pad])
            do {
                try await channelLayer.groupSend(group, RoomMessage(payload: payload))
            } catch is LayerError {
                failed += 1
            }
        }
        try await reply("burst", ["sent": .int(count), "failed": .int(failed)])
    }

    private func reply(_ name: String, _ fields: [String: JSON]) async throws {
        try await send(json: JSON.object(fields.merging(["reply": .string(name)]) { $1 }))
    }
}
