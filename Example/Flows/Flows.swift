// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The course's diagrams, live.
struct Flows: Plugin {
    let name = "flows"
    let requires = ["pages", "accounts"]

    func contribute(to contributions: inout Contributions) {
        let signedIn = SignInRequired()
        contributions.add(to: .routes) {
            for example in FlowExample.allCases {
                Route("/flows/\(example)/", application: FlowPage(example: example).wrapped(in: signedIn, JSONErrors()))
            }
        }
        contributions.add(to: .webSocketRoutes) {
            Route("/ws/flows/<name>/", application: ConsumerApplication(FlowConsumer.init).wrapped(in: signedIn))
        }
        contributions.add(LifespanHook { $0[FlowBoard.Key.self] = FlowBoard() }, to: .lifespan)
    }
}
