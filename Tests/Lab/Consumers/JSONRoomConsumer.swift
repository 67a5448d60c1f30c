// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import Sluice
import Synchronization

/// The JSON room: objects go to all members of `chat_<group>`, objects with a `cmd` are done.
final class JSONRoomConsumer: JSONConsumer<JSON> {
    private var group = GroupName()
    /// With `?recover=1`: the epoch that the client was told last.
    private var epoch: String?

    override class var handlers: [Handler] { [.on(JSONRoomConsumer.chatMessage)] }
    override class var inboxBudget: InboxBudget { InboxBudget(bytes: LabOptions.budget.withLock { $0.bytes }) }
    override class var overflowPolicy: OverflowPolicy { LabOptions.budget.withLock { $0.policy } }

    override func connect() async throws {
        group = "chat_\(scope.route["group"])"
        let query = try FormFields(parsing: scope.queryString)
        if query["recover"] == "1" { return try await recover(query) }
        try await channelLayer.groupAdd(group, channelName)
        try await accept()
    }

    /// Tells a new client where the group's history stands, and one that comes back what it has missed.
    private func recover(_ query: FormFields) async throws {
        var since: Position?
        if let epoch = query["epoch"], let offset = query["offset"].flatMap(UInt64.init) {
            since = Position(epoch: epoch, offset: offset)
        }
        let page = try await channelLayer.groupAdd(group, channelName, since: since)
        epoch = page.position.epoch
        try await accept()
        guard since != nil else { return try await reply("position", place(page.position)) }
        for event in page.events {
            if let message = event.value(as: RoomMessage.self) { try await tell(message, at: event.position) }
        }
        try await reply("recovered", place(page.position).merging(["ok": .bool(page.isComplete)]) { $1 })
    }

    private func place(_ position: Position) -> [String: JSON] {
        ["epoch": .string(position.epoch), "offset": .int(Int(position.offset))]
    }

    override func receive(json message: JSON) async throws {
        guard case .object(let fields) = message else {
            return try await send(json: JSONErrorFrame(code: "bad_message", message: "an object is needed"))
        }
        guard let command = fields["cmd"]?.string else {
            return try await say(message)
        }
        try await run(command, fields)
    }

    func chatMessage(_ event: RoomMessage) async throws {
        try await tell(event, at: epoch == nil ? nil : eventPosition)
    }

    /// What it has missed, the client is told.
    override func missed(_ gap: Gap) async throws {
        try await reply("missed", ["count": .int(gap.count), "uncertain": .bool(gap.isUncertain)])
    }

    private func say(_ message: JSON) async throws {
        do {
            try await channelLayer.groupSend(group, RoomMessage(payload: message))
        } catch let error as LayerError {
            try await reply("error", ["error": .string(error.description), "message": message])
        }
    }

    private func tell(_ event: RoomMessage, at position: Position?) async throws {
        if let position, position.epoch != epoch {
            // The history has begun anew: what the client counts from, it has to know first.
            epoch = position.epoch
            try await reply("position", place(Position(epoch: position.epoch, offset: position.offset - 1)))
        }
        try await send(text: try event.text(at: position, encode))
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
