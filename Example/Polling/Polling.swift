// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// The chat without sockets: by short polling at `/home/`, by long polling at `/home/long/`. Both pages, and any socket
/// in the room of that name, talk to each other.
struct Polling: Plugin {
    /// The room, whose group the sockets of `/room/home/` are in too.
    static let room = "home"

    let name = "polling"
    let requires = ["chat"]
    /// Pages that one user may have waiting at a time.
    var queuesPerUser = PollQueues.defaultLimitPerUser

    func contribute(to contributions: inout Contributions) {
        let signedIn = SignInRequired()
        let answers = JSONErrors()
        contributions.add(to: .routes) {
            Route("/home/", PollingPage(kind: .short).wrapped(in: signedIn), name: "home")
            Route("/home/long/", PollingPage(kind: .long).wrapped(in: signedIn), name: "home-long")
            Route("/home/messages/", HomeMessages().wrapped(in: signedIn, answers))
            Route("/home/queue/", OpenQueue().wrapped(in: signedIn, answers))
            Route("/home/poll/", LongPoll().wrapped(in: signedIn))
        }
        contributions.add(
            LifespanHook { [queuesPerUser] state in
                guard let store = state[ChatRooms.Key.self]?.store else { return }
                let feed = try await RoomFeed(of: Polling.room, store: store, layer: state.channelLayer())
                state[LongPolls.Key.self] = LongPolls(feed: feed, queues: PollQueues(limitPerUser: queuesPerUser))
            } shutdown: { state in
                state[LongPolls.Key.self]?.feed.close()
            }, to: .lifespan)
    }
}

/// What all long polls share.
struct LongPolls: Sendable {
    let feed: RoomFeed
    let queues: PollQueues

    enum Key: LifespanStateKey {
        static var defaultValue: LongPolls? { nil }
    }
}

extension Scope {
    /// The long polls of this server.
    ///
    /// - Throws: ``HTTPError`` 503 when the plug-in has not started.
    var longPolls: LongPolls {
        get throws {
            guard let polls = state[LongPolls.Key.self] else {
                throw HTTPError(.serviceUnavailable, code: "no_polling", "the polling plug-in has not started")
            }
            return polls
        }
    }
}
