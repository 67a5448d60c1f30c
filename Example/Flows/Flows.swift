// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The course's diagrams, live.
struct Flows: Plugin {
    let name = "flows"
    let requires = ["pages", "storage", "accounts"]

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
        contributions.add(to: .models) { FlowRecord.self }
        contributions.add(
            LifespanHook { state in
                guard let databases = state.databases else { throw StoreError.noDatabase }
                state[FlowBoard.Key.self] = FlowBoard(databases: databases)
            }, to: .lifespan)
    }
}
