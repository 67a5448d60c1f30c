// SPDX-License-Identifier: Apache-2.0

/// A deployment of an approved ticket: which steps have run, run now, or cannot run any more. It knows no clock; whoever
/// runs the steps says when one is over.
struct Deployment: Codable, Hashable, Sendable {
    enum State: String, Codable, CaseIterable, Sendable {
        case ready, running, succeeded, failed
    }

    private(set) var state = State.ready
    /// Rises by one with every change.
    private(set) var rev = 1
    /// By the keys of ``DeployPlan``.
    private(set) var steps = Dictionary(uniqueKeysWithValues: DeployPlan.steps.map { ($0.key, Diagram.State.pending) })
    /// The step that is to fail, for the demonstration.
    private(set) var failure: String?

    /// The steps that run now.
    var running: [String] { DeployPlan.steps.map(\.key).filter { steps[$0] == .running } }

    /// Begins.
    ///
    /// - Throws: `conflict` when it has begun already, `bad_input` for a step that there is not.
    mutating func start(failingAt failure: String?) throws(TicketError) {
        guard failure == nil || DeployPlan.canFail.contains(where: { $0.key == failure }) else { throw .badInput }
        guard state == .ready else { throw .conflict }
        self.failure = failure
        state = .running
        rev += 1
        steps["start"] = .passed
        begin(after: "start")
    }

    /// A step has run; what comes next runs from now on. The same news twice does no harm.
    ///
    /// - Returns: whether that changed anything.
    @discardableResult
    mutating func finish(_ key: String) -> Bool {
        guard steps[key] == .running else { return false }
        rev += 1
        if key == failure {
            steps[key] = .failed
            skip(after: key)
        } else {
            steps[key] = .passed
            begin(after: key)
        }
        if running.isEmpty { state = steps.values.contains(.failed) ? .failed : .succeeded }
        return true
    }

    /// Goes on from what has failed.
    ///
    /// - Throws: `conflict` when nothing has.
    mutating func retry() throws(TicketError) {
        guard state == .failed else { throw .conflict }
        failure = nil
        state = .running
        rev += 1
        for (key, state) in steps where state == .failed || state == .skipped {
            steps[key] = state == .failed ? .running : .pending
        }
    }

    private mutating func begin(after key: String) {
        for child in DeployPlan.children(of: key) { steps[child] = .running }
    }

    private mutating func skip(after key: String) {
        for child in DeployPlan.children(of: key) {
            steps[child] = .skipped
            skip(after: child)
        }
    }
}
