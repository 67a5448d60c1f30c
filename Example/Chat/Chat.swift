// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice

/// The chat: rooms that are joined by their address.
struct Chat: Plugin {
    static let defaultFile = ".data/messages.jsonl"

    let name = "chat"
    let requires = ["pages", "accounts"]
    /// Where messages are kept; the folder is made when it is not there.
    var file = defaultFile

    func contribute(to contributions: inout Contributions) {
        let signedIn = SignInRequired()
        let socket = ConsumerApplication(RoomConsumer.init).wrapped(in: signedIn)
        contributions.add(to: .routes) {
            Route(
                RoutePattern(#/room/(?<group>\w+)/$/#, description: "/room/<group>/"),
                application: ViewApplication(RoomPage()).wrapped(in: signedIn), name: "room")
        }
        contributions.add(to: .webSocketRoutes) {
            Route(RoutePattern(#/room/(?<group>\w+)/$/#, description: "/room/<group>/"), application: socket)
            Route(RoutePattern(#/ws/(?<group>\w+)/$/#, description: "/ws/<group>/"), application: socket)
        }
        contributions.add(
            LifespanHook { state in
                let layer = state.channelLayer()
                let (activity, marks) = (Activity(), ReadMarks())
                let store = try MessageStore(path: Self.prepare(file)) { message in
                    activity.note(message)
                    marks.advance(message.user, in: message.room, to: message.id)
                } publish: { message in
                    await RoomConsumer.announce(message, on: layer)
                    await RoomListConsumer.announce(message, on: layer)
                }
                await marks.keep(in: ReadMarksFile(besides: file), through: activity.lastID(of:))
                state[ChatRooms.Key.self] = ChatRooms(store: store, activity: activity, marks: marks)
            } shutdown: { state in
                let rooms = state[ChatRooms.Key.self]
                await rooms?.store.close()
                await rooms?.marks.close()
            }, to: .lifespan)
    }
}

extension Chat {
    /// Makes the file's folder, which nobody else can read.
    private static func prepare(_ file: String) throws -> String {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreError(.system, "cannot make the folder '\(folder.relativePath)': \(error.localizedDescription)")
        }
        return file
    }
}
