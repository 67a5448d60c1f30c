// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// Live charts of what is said.
struct Charts: Plugin {
    let name = "charts"
    let requires = ["pages", "accounts", "chat"]

    func contribute(to contributions: inout Contributions) {
        let signedIn = SignInRequired()
        contributions.add(to: .routes) {
            Route("/charts/", application: ChartsPage().wrapped(in: signedIn), name: "charts")
        }
        contributions.add(to: .webSocketRoutes) {
            // A path pattern comes before the rooms' regular expression; a room named "charts" is at /room/charts/.
            Route("/ws/charts/", application: ConsumerApplication(ChartsConsumer.init).wrapped(in: signedIn))
        }
        contributions.add(
            LifespanHook { state in
                state[ChartBoard.Key.self] = state[ChatRooms.Key.self].map { ChartBoard(activity: $0.activity) }
            }, to: .lifespan)
    }
}

extension Charts {
    /// Both charts as SVG.
    struct Drawing: Hashable, Sendable {
        /// Another one for every change.
        var number: Int
        var bars: String
        var pie: String
    }
}

extension Scope {
    /// The charts as they are now, in the connection's language.
    ///
    /// - Throws: ``HTTPError`` 503 when the chat plug-in has not started.
    var charts: Charts.Drawing {
        get throws {
            guard let board = state[ChartBoard.Key.self] else {
                throw HTTPError(.serviceUnavailable, code: "no_chat", "the chat plug-in has not started")
            }
            return board.drawing(at: connection.clock.now, in: locale)
        }
    }
}
