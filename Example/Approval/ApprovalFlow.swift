// SPDX-License-Identifier: Apache-2.0

/// The way of a ticket as data: steps, and what must be done before each.
struct ApprovalFlow: Sendable {
    /// Whose word a step needs.
    enum Quorum: Sendable {
        /// The first one decides.
        case any
        /// Everybody must agree.
        case all
    }

    enum Task: Sendable {
        case start
        case approval(Staff.Role, Quorum)
        /// Where ways that ran side by side meet: it is passed when all of them are.
        case gate
        case deployment
        case end
    }

    struct Step: Sendable {
        let key: String
        let task: Task
        /// The steps that must be passed before.
        var after: [String] = []
    }

    let steps: [Step]

    subscript(key: String) -> Step? { steps.first { $0.key == key } }

    /// One lead, then security and database side by side, then the deployment.
    static let release = ApprovalFlow(steps: [
        .init(key: "start", task: .start),
        .init(key: "lead", task: .approval(.lead, .any), after: ["start"]),
        .init(key: "sec", task: .approval(.security, .all), after: ["lead"]),
        .init(key: "dba", task: .approval(.database, .all), after: ["lead"]),
        .init(key: "gate", task: .gate, after: ["sec", "dba"]),
        .init(key: "deploy", task: .deployment, after: ["gate"]),
        .init(key: "done", task: .end, after: ["deploy"]),
    ])

    /// One lead, then security.
    static let access = ApprovalFlow(steps: [
        .init(key: "start", task: .start),
        .init(key: "lead", task: .approval(.lead, .any), after: ["start"]),
        .init(key: "sec", task: .approval(.security, .all), after: ["lead"]),
        .init(key: "done", task: .end, after: ["sec"]),
    ])
}
