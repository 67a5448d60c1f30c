// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The list of rooms; its socket has the page's own address, so that no room's name is taken.
struct Rooms: Plugin {
    let name = "rooms"
    let requires = ["pages", "accounts", "chat"]

    func contribute(to contributions: inout Contributions) {
        let signedIn = SignInRequired()
        contributions.add(to: .routes) {
            Route("/room/", application: RoomListPage().wrapped(in: signedIn), name: "rooms")
        }
        contributions.add(to: .webSocketRoutes) {
            Route("/room/", application: ConsumerApplication(RoomListConsumer.init).wrapped(in: signedIn))
        }
    }
}
