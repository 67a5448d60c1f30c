// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Synchronization
import Testing

/// Marks what passes, and swallows the word `secret`.
private struct Marking: ConsumerFilter {
    var mark: String

    func handle(_ event: ConsumerEvent, of consumer: ChannelConsumer, next: () async throws -> Void) async throws {
        if case .text("secret") = event { return }
        guard case .text = event, let consumer = consumer as? Consumer else { return try await next() }
        try await consumer.send(text: "<\(mark)")
        try await next()
        try await consumer.send(text: "\(mark)>")
    }
}

private final class Filtered: Consumer {
    override class var filters: [any ConsumerFilter] { [Marking(mark: "a"), Marking(mark: "b")] }
    override func receive(text: String) async throws { try await send(text: text) }
}

/// What a filter does with the last event; where it writes what it saw stands in the scope.
private enum AtTheEnd: String, CaseIterable, CustomTestStringConvertible {
    case passes, swallows, throwsBefore, throwsAfter, passesTwice

    var testDescription: String { rawValue }
}

private enum Plan: ScopeKey {
    static let defaultValue = AtTheEnd.passes
}

private enum Notes: ScopeKey {
    static let defaultValue = Journal()
}

private struct EndFilter: ConsumerFilter {
    func handle(_ event: ConsumerEvent, of consumer: ChannelConsumer, next: () async throws -> Void) async throws {
        guard case .disconnect(let code) = event else { return try await next() }
        consumer.scope[Notes.self].write("filter \(code.map { "\($0.rawValue)" } ?? "-")")
        switch consumer.scope[Plan.self] {
        case .passes: try await next()
        case .swallows: return
        case .throwsBefore: throw Failure()
        case .throwsAfter:
            try await next()
            throw Failure()
        case .passesTwice:
            try await next()
            try await next()
        }
    }
}

private final class Ended: Consumer {
    override class var filters: [any ConsumerFilter] { [EndFilter()] }
    override class var groups: [GroupName] { ["g"] }
    override func disconnect(code: WebSocketCloseCode) async throws { scope[Notes.self].write("hook \(code.rawValue)") }
}

private final class EndedRequest: HTTPConsumer {
    override class var filters: [any ConsumerFilter] { [EndFilter()] }
    override func handle(body: ByteBuffer) async throws { try await sendResponse(body: body) }
    override func disconnect() async throws { scope[Notes.self].write("hook") }
}

@Suite("Filters around a consumer's hooks", .timeLimit(.minutes(1)))
struct FilterTests {
    @Test("Filters stand around a hook, the first outermost, and may swallow an event")
    func filters() async throws {
        let communicator = WebSocketCommunicator(ConsumerApplication(Filtered.init), path: "/")
        try await communicator.connect()
        communicator.send(text: "secret")
        communicator.send(text: "word")
        var heard: [String] = []
        for _ in 0..<5 { heard.append(try await communicator.receiveText()) }
        #expect(heard == ["<a", "<b", "word", "b>", "a>"])
        try await communicator.disconnect()
    }

    @Test(
        "Filters see disconnect; the hook runs exactly once and the groups are left, whatever a filter does",
        arguments: AtTheEnd.allCases)
    private func disconnect(plan: AtTheEnd) async throws {
        let (journal, logs) = (Journal(), RecordedLog())
        try await withLeakCheck { state in
            let communicator = WebSocketCommunicator(ConsumerApplication(Ended.init), state: state) { scope in
                scope[Plan.self] = plan
                scope[Notes.self] = journal
                scope.connection.logger = logs.logger()
            }
            try await communicator.connect()
            #expect(state.channelLayer().statistics.memberships == 1)
            try await communicator.disconnect(code: 4007)
        }
        #expect(journal.lines == ["filter 4007", "hook 4007"])
        let throwing = plan == .throwsBefore || plan == .throwsAfter
        #expect(logs.lines.map(\.description) == (throwing ? ["error a consumer threw in its disconnect"] : []))
    }

    @Test("The end of a request passes the filters too", arguments: [AtTheEnd.passes, .swallows])
    private func request(plan: AtTheEnd) async throws {
        let journal = Journal()
        let communicator = HTTPCommunicator(HTTPConsumerApplication(EndedRequest.init)) { scope in
            scope[Plan.self] = plan
            scope[Notes.self] = journal
        }
        #expect(try await communicator.response().status == .ok)
        try await communicator.wait()
        #expect(journal.lines == ["filter -", "hook"])
    }
}
