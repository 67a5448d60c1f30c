// SPDX-License-Identifier: Apache-2.0

/// How a ticket goes from step to step.
extension Ticket {
    /// Submits it, for the first time or again.
    mutating func begin(_ staff: Staff) {
        state = .open
        steps = Dictionary(uniqueKeysWithValues: draft.kind.flow.steps.map { ($0.key, Step()) })
        advance(staff)
    }

    /// Begins all steps whose time has come.
    mutating func advance(_ staff: Staff) {
        // In the order of the flow, in which steps stand behind those that they wait for.
        for step in draft.kind.flow.steps where steps[step.key]?.state == .pending {
            guard step.after.allSatisfy({ steps[$0]?.state == .passed }) else { continue }
            var record = Step()
            switch step.task {
            case .start, .gate: record.state = .passed
            case .approval(let role, _):
                record.state = .waiting
                record.approvers = staff.approvers(role, of: applicant)
            case .deployment:
                record.state = .waiting
                state = .approved
            case .end:
                record.state = .passed
                state = .done
            }
            steps[step.key] = record
        }
    }

    /// It goes no further: what waits is skipped.
    mutating func stop(as state: State) {
        self.state = state
        for key in steps.keys where steps[key]?.state == .waiting { steps[key]?.state = .skipped }
    }

    /// Follows its deployment.
    ///
    /// - Returns: whether that changed anything.
    mutating func follow(_ deployment: Deployment.State, staff: Staff) -> Bool {
        guard let step = draft.kind.flow.steps.first(where: { if case .deployment = $0.task { true } else { false } }),
            [.approved, .deploying].contains(state)
        else { return false }
        let old = self
        switch deployment {
        case .ready: break
        case .running:
            state = .deploying
            steps[step.key]?.state = .running
        case .failed:
            state = .approved
            steps[step.key]?.state = .failed
        case .succeeded:
            steps[step.key]?.state = .passed
            advance(staff)
        }
        guard self != old else { return false }
        version += 1
        return true
    }
}
