// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The approvals: tickets that go from desk to desk, live in all open pages.
struct Tickets: Plugin {
    let name = "tickets"
    let requires = ["pages", "storage", "accounts"]

    func contribute(to contributions: inout Contributions) {
        let signedIn = SignInRequired()
        contributions.add(to: .routes) {
            Route("/tickets/", application: TicketListPage().wrapped(in: signedIn), name: "tickets")
            Route("/tickets/new/", application: TicketForm().wrapped(in: signedIn), name: "ticket-new")
            Route("/tickets/<int:id>/", application: TicketPage().wrapped(in: signedIn), name: "ticket")
            Route("/tickets/<int:id>/decision/", application: TicketAction.decide.wrapped(in: signedIn))
            Route("/tickets/<int:id>/delegate/", application: TicketAction.delegate.wrapped(in: signedIn))
            Route("/tickets/<int:id>/comment/", application: TicketAction.comment.wrapped(in: signedIn))
            Route("/tickets/<int:id>/withdraw/", application: TicketAction.withdraw.wrapped(in: signedIn))
            Route("/tickets/<int:id>/resubmit/", application: TicketAction.resubmit.wrapped(in: signedIn))
        }
        contributions.add(to: .webSocketRoutes) {
            Route("/ws/tickets/", application: ConsumerApplication(TicketListConsumer.init).wrapped(in: signedIn))
            Route("/ws/tickets/<int:id>/", application: ConsumerApplication(TicketConsumer.init).wrapped(in: signedIn))
        }
        contributions.add(to: .models) {
            TicketRecord.self
            StepRecord.self
            ApproverRecord.self
            EntryRecord.self
            DeployRecord.self
        }
        contributions.add(
            LifespanHook { state in
                guard let databases = state.databases else { return }
                let layer = state.channelLayer()
                let store = TicketStore(databases: databases) { await $0.announce(on: layer) }
                state[TicketDesk.Key.self] = TicketDesk(store: store)
            }, to: .lifespan)
    }
}
