// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The chat: rooms that are joined by their address.
struct Chat: Plugin {
    let name = "chat"
    let requires = ["pages", "storage", "accounts"]

    func contribute(to contributions: inout Contributions) {
        let signedIn = SignInRequired()
        let socket = ConsumerApplication(RoomConsumer.init).wrapped(in: signedIn)
        contributions.add(to: .routes) {
            Route(
                RoutePattern(#/room/(?<group>\w+)/$/#, description: "/room/<group>/"),
                application: ViewApplication(RoomPage()).wrapped(in: signedIn), name: "room")
            // The same consumer for browsers whose WebSockets a proxy holds back.
            Mount(
                "/socket/room",
                SocketTransport(
                    to: URLRouter<WebSocket> {
                        Route(RoutePattern(#/(?<group>\w+)/$/#, description: "/<group>/"), application: socket)
                    }))
        }
        contributions.add(to: .webSocketRoutes) {
            Route(RoutePattern(#/room/(?<group>\w+)/$/#, description: "/room/<group>/"), application: socket)
            Route(RoutePattern(#/ws/(?<group>\w+)/$/#, description: "/ws/<group>/"), application: socket)
        }
        contributions.add(to: .models) {
            StoredMessage.self
            MessageCounter.self
            ReadMark.self
        }
        contributions.add(
            LifespanHook { state in
                guard let databases = state.databases else { throw StoreError.noDatabase }
                let layer = state.channelLayer()
                let (activity, marks) = (Activity(), ReadMarks())
                let store = try await MessageStore(databases) { message in
                    activity.note(message)
                    marks.advance(message.user, in: message.room, to: message.id)
                } publish: { message, previous in
                    await RoomConsumer.announce(message, after: previous, on: layer)
                    await RoomListConsumer.announce(message, on: layer)
                }
                marks.keep(in: databases)
                state[ChatRooms.Key.self] = ChatRooms(store: store, activity: activity, marks: marks)
            } shutdown: { state in
                let rooms = state[ChatRooms.Key.self]
                await rooms?.store.close()
                await rooms?.marks.close()
            }, to: .lifespan)
    }
}
