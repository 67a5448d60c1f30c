// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The deployments of approved tickets: simulated, live in all open pages.
struct Deployments: Plugin {
    static let defaultStep = Duration.milliseconds(800)

    let name = "deployments"
    let requires = ["tickets"]
    /// How long a step takes.
    var step = defaultStep

    func contribute(to contributions: inout Contributions) {
        let signedIn = SignInRequired()
        contributions.add(to: .routes) {
            Route("/deploys/<int:id>/", application: DeployPage().wrapped(in: signedIn), name: "deployment")
            Route("/deploys/<int:id>/start/", application: DeployAction.start.wrapped(in: signedIn))
            Route("/deploys/<int:id>/retry/", application: DeployAction.retry.wrapped(in: signedIn))
        }
        contributions.add(to: .webSocketRoutes) {
            Route("/ws/deploys/<int:id>/", application: ConsumerApplication(DeployConsumer.init).wrapped(in: signedIn))
        }
        contributions.add(
            LifespanHook { [step] state in
                guard let desk = state[TicketDesk.Key.self] else { return }
                let runner = DeployRunner(desk: desk, length: step)
                state[DeployRunner.Key.self] = runner
                state[RunnerTask.self] = Task { await runner.run() }
            } shutdown: { state in
                let task = state[RunnerTask.self]
                task?.cancel()
                await task?.value
            }, to: .lifespan)
    }

    private enum RunnerTask: LifespanStateKey {
        static var defaultValue: Task<Void, Never>? { nil }
    }
}
