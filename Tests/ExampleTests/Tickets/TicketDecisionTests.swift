// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("Decisions by JSON", .timeLimit(.minutes(2)))
struct TicketDecisionTests {
    @Test("200 with the ticket, 403 for who may not, 409 with the ticket as it is, 422 for what makes no sense")
    func answers() async throws {
        let office = try await Office("user1", "user2", "user3", "user6")
        let id = try await office.submit()
        let wrong: [[String: Any]] = [
            [:], ["decision": "maybe", "node": "lead", "version": 1], ["decision": "approve", "node": "lead"],
            ["decision": "approve", "node": "nothing", "version": 1], ["decision": "approve", "version": 1],
            ["decision": "reject", "node": "lead", "version": 1],
            ["decision": "approve", "node": "lead", "version": "x"],
            ["decision": "approve", "node": ["lead"], "version": 1],
        ]
        for fields in wrong {
            #expect(try await office.act("user1", "/tickets/\(id)/decision/", fields).status == .unprocessableContent)
        }
        for user in ["user3", "user6"] {
            let reply = try await office.decide(id, "lead", by: user, version: 1)
            #expect(reply.status == .forbidden && reply.json.error == "forbidden")
        }
        let done = try await office.decide(id, "lead", by: "user1", version: 1)
        #expect(done.status == .ok && done.json.ticket?.version == 2 && done.json.ticket?.state == "open")
        for user in ["user1", "user2"] {
            let late = try await office.decide(id, "lead", by: user, version: 2)
            #expect(late.status == .conflict && late.json.error == "conflict" && late.json.ticket?.version == 2)
        }
        #expect(try await office.decide(id, "sec", by: "user3", version: 1).status == .conflict)
        #expect(
            try await office.decide(id, "sec", by: "user3", "reject", comment: "no", version: 2).json.ticket?.state
                == "rejected")
        #expect(
            try await office.act(
                "user1", "/tickets/99/decision/", ["decision": "approve", "node": "lead", "version": 1]
            ).status == .notFound)
    }

    @Test("of eight decisions at the same moment exactly one wins, and the history has one line of it")
    func simultaneous() async throws {
        let office = try await Office("user1", "user2", "user6")
        for round in 0..<12 {
            let id = try await office.submit()
            let replies = try await withThrowingTaskGroup(of: TicketReply.self) { group in
                for number in 0..<8 {
                    let user = number.isMultiple(of: 2) ? "user1" : "user2"
                    let decision = (number + round).isMultiple(of: 3) ? "reject" : "approve"
                    group.addTask {
                        try await office.decide(id, "lead", by: user, decision, comment: "\(number)", version: 1)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.filter { $0.status == .ok }.count == 1)
            #expect(replies.filter { $0.status == .conflict && $0.json.ticket?.version == 2 }.count == 7)
            let history = try await office.site.tickets.store.history(of: id)
            #expect(history.map(\.id) == [1, 2])
        }
    }
}

extension TestSite {
    var tickets: TicketDesk {
        get throws { try #require(lifespan.state[TicketDesk.Key.self]) }
    }
}
