// SPDX-License-Identifier: Apache-2.0

import Logging
import Sluice

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The tickets in an append-only file of JSON lines, which several processes may share: a line is a change.
///
/// A change is made while no other process writes, on what is true then; what is returned is on the disk.
actor TicketStore {
    /// Called after the commit.
    typealias Publish = @Sendable (TicketChange) async -> Void
    /// What becomes of a ticket; it may throw, and then nothing has changed.
    typealias Body = @Sendable (_ value: inout TicketCase, _ at: String) throws -> Ticket.Entry?

    private let executor = BlockingExecutor(label: "ticket-store")
    /// `nil` once the store is closed.
    private var file: MessageFile?
    private let clock: any TimeSource
    private let publish: Publish
    private var cases: [Int: TicketCase] = [:]
    private var histories: [Int: [Ticket.Entry]] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(path: String, clock: any TimeSource = SystemTime(), publish: @escaping Publish) async throws {
        (file, self.clock, self.publish) = (try MessageFile(path: path), clock, publish)
        try catchUp()
    }

    /// Stores a new ticket.
    func create(_ draft: Ticket.Draft, staff: Staff) async throws -> TicketChange {
        let change = try locked { file in
            let (ticket, entry) = Ticket.created(
                draft, id: (cases.keys.max() ?? 0) + 1, at: clock.now.iso8601, staff: staff)
            return try write(TicketChange(value: TicketCase(ticket), entry: entry), to: file)
        }
        await publish(change)
        return change
    }

    /// Changes a ticket.
    ///
    /// - Returns: the change; `nil` when there is no such ticket.
    func change(_ id: Int, _ body: Body) async throws -> TicketChange? {
        let (change, isNew) = try locked { file -> (TicketChange?, Bool) in
            guard let old = cases[id] else { return (nil, false) }
            var value = old
            let entry = try body(&value, clock.now.iso8601)
            guard value != old else { return (TicketChange(value: old), false) }
            return (try write(TicketChange(value: value, entry: entry), to: file), true)
        }
        if let change, isNew { await publish(change) }
        return change
    }

    func find(_ id: Int) throws -> TicketCase? {
        try catchUp()
        return cases[id]
    }

    /// Lines of a ticket's history behind a version, oldest first.
    func history(of id: Int, after version: Int = 0) throws -> [Ticket.Entry] {
        try catchUp()
        return (histories[id] ?? []).filter { $0.id > version }
    }

    /// The newest tickets, the newest first.
    func latest(_ limit: Int) throws -> [Ticket] {
        try catchUp()
        return cases.keys.sorted(by: >).prefix(limit).compactMap { cases[$0]?.ticket }
    }

    /// The tickets about which a user must decide, the oldest first.
    func waiting(for user: String, limit: Int) throws -> [Ticket] {
        try catchUp()
        return Array(
            cases.values.map(\.ticket).filter { !$0.decidable(by: user).isEmpty }.sorted { $0.id < $1.id }
                .prefix(limit))
    }

    /// The tickets whose deployments run.
    func deploying() throws -> [TicketCase] {
        try catchUp()
        return cases.values.filter { $0.deployment?.state == .running }
    }

    /// Takes no more.
    func close() {
        file = nil
    }

    private func catchUp() throws {
        guard let file else { throw StoreError.closed }
        guard file.hasGrown else { return }
        try file.locked { try readOn(file) }
    }

    /// Runs on what is true, while nobody else writes.
    private func locked<Result>(_ body: (MessageFile) throws -> Result) throws -> Result {
        guard let file else { throw StoreError.closed }
        return try file.locked {
            try readOn(file)
            return try body(file)
        }
    }

    private func readOn(_ file: MessageFile) throws {
        var changes: [TicketChange] = []
        let torn = try file.readOn { line, offset throws(StoreError) in
            guard let change = try? JSONDecoder().decode(TicketChange.self, from: Data(line)) else {
                throw StoreError(.corrupt, "'\(file.path)' holds no ticket at byte \(offset)")
            }
            changes.append(change)
        }
        changes.forEach(learn)
        guard torn > 0 else { return }
        Logger(label: "example.store").warning("a change that was never acknowledged was cut off: \(torn) bytes")
    }

    private func write(_ change: TicketChange, to file: MessageFile) throws -> TicketChange {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try file.append(try [UInt8](encoder.encode(change)) + [UInt8(ascii: "\n")])
        learn(change)
        return change
    }

    private func learn(_ change: TicketChange) {
        cases[change.ticket.id] = change.value
        if let entry = change.entry { histories[change.ticket.id, default: []].append(entry) }
    }
}
