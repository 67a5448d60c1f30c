// SPDX-License-Identifier: Apache-2.0

import Logging
import Sluice

/// Runs the steps of deployments: each takes its time, and those whose turn has come run side by side.
///
/// The ticket's store knows what runs. So a server that starts goes on with what another one has left, and if two run the
/// same step the second one's news is none.
final class DeployRunner: Sendable {
    /// Where views find it.
    enum Key: LifespanStateKey {
        static var defaultValue: DeployRunner? { nil }
    }

    private struct Step: Sendable {
        let id: Int
        let key: String
    }

    private let desk: TicketDesk
    private let length: Duration
    private let clock: any TimeSource
    private let (steps, add) = AsyncStream.makeStream(of: Step.self)
    private let logger = Logger(label: "example.deploy")

    /// - Parameter length: How long each step takes.
    init(desk: TicketDesk, length: Duration, clock: any TimeSource = SystemTime()) {
        (self.desk, self.length, self.clock) = (desk, length, clock)
    }

    /// Runs steps until the task is cancelled, those first that ran when the last server ended.
    func run() async {
        for value in (try? await desk.store.deploying()) ?? [] {
            begin(value.deployment?.running ?? [], of: value.ticket.id)
        }
        await withDiscardingTaskGroup { group in
            for await step in steps {
                group.addTask { await self.perform(step) }
            }
            group.cancelAll()
        }
    }

    /// Runs steps that have just begun.
    func begin(_ keys: [String], of id: Int) {
        for key in keys { add.yield(Step(id: id, key: key)) }
    }

    private func perform(_ step: Step) async {
        do {
            try await clock.sleep(for: length)
            let finished = try await desk.change(step.id) { value, _ in
                value.deployment?.finish(step.key)
                return nil
            }
            // Steps that were running before are on their way already.
            begin(
                DeployPlan.children(of: step.key).filter { finished.value.deployment?.steps[$0] == .running },
                of: step.id)
        } catch is CancellationError {
            // The next server goes on with it.
        } catch {
            logger.error(
                "a step could not be run: \(error)", metadata: ["ticket": "\(step.id)", "step": "\(step.key)"])
        }
    }
}
