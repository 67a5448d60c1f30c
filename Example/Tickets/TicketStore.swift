// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The tickets in the database, as values of the approval engine.
///
/// A change is one transaction: the ticket is read and locked, the engine says what becomes of it, and it is written if
/// nobody else was faster. What is returned is committed; only then pages hear of it.
struct TicketStore: Sendable {
    /// Called after the commit.
    typealias Publish = @Sendable (TicketChange) async -> Void
    /// What becomes of a ticket; it may throw, and then nothing has changed.
    typealias Body = @Sendable (_ value: inout TicketCase, _ at: String) throws -> Ticket.Entry?

    let databases: Databases
    var clock: any TimeSource = SystemTime()
    let publish: Publish

    /// Stores a new ticket.
    func create(_ draft: Ticket.Draft, staff: Staff) async throws -> TicketChange {
        let at = clock.now.iso8601
        let change = try await transaction {
            let record = try await TicketRecord.objects.create(
                TicketRecord(Ticket(id: 0, draft: draft, at: at)))
            let (ticket, entry) = Ticket.created(draft, id: record.id, at: at, staff: staff)
            try await write(ticket.steps, instead: [:], of: record)
            _ = try await record.entries.create { EntryRecord(entry, of: $0) }
            return TicketChange(value: TicketCase(ticket), entry: entry)
        }
        await publish(change)
        return change
    }

    /// Changes a ticket.
    ///
    /// - Returns: the change; `nil` when there is no such ticket.
    func change(_ id: Int, _ body: Body) async throws -> TicketChange? {
        let at = clock.now.iso8601
        let (change, isNew) = try await transaction { () -> (TicketChange?, Bool) in
            guard let record = try await TicketRecord.objects.filter({ $0.id == id }).selectForUpdate().first()
            else { return (nil, false) }
            let old = try await value(of: record)
            var value = old
            let entry = try body(&value, at)
            guard value != old else { return (TicketChange(value: old), false) }
            try await write(value, entry, instead: old, of: record)
            return (TicketChange(value: value, entry: entry), true)
        }
        if let change, isNew { await publish(change) }
        return change
    }

    func find(_ id: Int) async throws -> TicketCase? {
        try await databases.run {
            guard let record = try await TicketRecord.objects.filter({ $0.id == id }).first() else { return nil }
            return try await value(of: record)
        }
    }

    /// Lines of a ticket's history behind a version, oldest first.
    func history(of id: Int, after version: Int = 0) async throws -> [Ticket.Entry] {
        try await databases.run {
            try await EntryRecord.objects.filter { $0.ticket.id == id && $0.number > version }.fetch()
                .map { try $0.entry() }
        }
    }

    /// The newest tickets without their steps, the newest first.
    func latest(_ limit: Int) async throws -> [Ticket] {
        try await databases.run { try await TicketRecord.objects.all()[..<limit].fetch().map { try $0.ticket() } }
    }

    /// The tickets about which a user must decide, without their steps, the oldest first.
    func waiting(for user: String, limit: Int) async throws -> [Ticket] {
        try await databases.run {
            try await TicketRecord.objects
                .filter {
                    $0.steps.any {
                        $0.status == Diagram.State.waiting.rawValue
                            && $0.approvers.any { $0.user == user && $0.hasAgreed == false }
                    }
                }
                .reversed()[..<limit].fetch().map { try $0.ticket() }
        }
    }

    /// The tickets whose deployments run.
    func deploying() async throws -> [TicketCase] {
        try await databases.run {
            var cases: [TicketCase] = []
            let running = try await DeployRecord.objects
                .filter { $0.status == Deployment.State.running.rawValue }.selectRelated(\.ticket).fetch()
            for deploy in running { cases.append(try await value(of: try await deploy.ticket.get())) }
            return cases
        }
    }

    private func transaction<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await databases.run { try await databases.main.transaction(body) }
    }
}

extension TicketStore {
    /// A ticket's row with all that refers to it.
    private func value(of record: TicketRecord) async throws -> TicketCase {
        var steps: [String: Ticket.Step] = [:]
        let approvers = Dictionary(
            grouping: try await ApproverRecord.objects.filter { $0.step.ticket.id == record.id }.fetch(), by: \.step.id)
        for step in try await record.steps.fetch() {
            guard let state = Diagram.State(rawValue: step.status) else {
                throw StoreError.corrupt("step \(step.id) is in a state that there is not")
            }
            let own = approvers[step.id] ?? []
            steps[step.name] = Ticket.Step(
                state: state, approvers: own.map(\.user), approvals: own.filter(\.hasAgreed).map(\.user))
        }
        var value = TicketCase(try record.ticket(steps))
        value.deployment = try await DeployRecord.objects.filter { $0.ticket.id == record.id }.first()?.deployment()
        return value
    }

    /// Writes what is different.
    private func write(
        _ value: TicketCase, _ entry: Ticket.Entry?, instead old: TicketCase, of record: TicketRecord
    ) async throws {
        let ticket = value.ticket
        let count = try await TicketRecord.objects.filter { $0.id == record.id && $0.version == old.ticket.version }
            .update {
                $0.status.set(to: ticket.state.rawValue)
                $0.version.set(to: ticket.version)
                $0.round.set(to: ticket.round)
            }
        guard count == 1 else { throw TicketError.conflict }
        try await write(ticket.steps, instead: old.ticket.steps, of: record)
        if let entry { _ = try await record.entries.create { EntryRecord(entry, of: $0) } }
        guard let deployment = value.deployment, deployment != old.deployment else { return }
        var deploy = try DeployRecord(deployment, of: .to(record))
        let known = try await DeployRecord.objects.filter { $0.ticket.id == record.id }
            .update {
                $0.status.set(to: deploy.status)
                $0.steps.set(to: deploy.steps)
            }
        if known == 0 { try await deploy.save(.insert) }
    }

    private func write(
        _ steps: [String: Ticket.Step], instead old: [String: Ticket.Step], of record: TicketRecord
    ) async throws {
        for (name, step) in steps.sorted(by: { $0.key < $1.key }) where step != old[name] {
            let own = StepRecord.objects.filter { $0.ticket.id == record.id && $0.name == name }
            if old[name] == nil {
                _ = try await record.steps.create { StepRecord(ticket: $0, name: name, status: step.state.rawValue) }
            } else {
                try await own.update { $0.status.set(to: step.state.rawValue) }
            }
            guard step.approvers != old[name]?.approvers ?? [] || step.approvals != old[name]?.approvals ?? [] else {
                continue
            }
            let reference = Ref.to(try await own.get())
            try await ApproverRecord.objects.filter { $0.step == reference }.delete()
            _ = try await ApproverRecord.objects.bulkCreate(
                step.approvers.map { .init(step: reference, user: $0, hasAgreed: step.approvals.contains($0)) })
        }
    }
}
