// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

/// Users who apply, decide and deploy, each with a session of their own.
struct Office {
    let site: TestSite
    private(set) var clients: [String: PollingClient] = [:]

    init(_ users: String..., site: TestSite? = nil) async throws {
        self.site = if let site { site } else { try await TestSite() }
        for user in users { clients[user] = try await PollingClient(self.site, user: user) }
    }

    func client(_ user: String) throws -> PollingClient { try #require(clients[user]) }

    /// Submits a ticket by the form.
    func submit(by user: String = "user6", _ kind: String = "release", title: String = "工单") async throws -> Int {
        let client = try client(user)
        let answer = try await client.browser.post(
            "/tickets/new/", ["title": title, "kind": kind, "text": "说明"], token: client.token)
        #expect(answer.status == .seeOther)
        let location = try #require(answer.headers[.location])
        return try #require(Int(location.split(separator: "/").last ?? ""))
    }

    /// What a script sends, as JSON.
    @discardableResult
    func act(_ user: String, _ path: String, _ fields: [String: Any] = [:]) async throws -> TicketReply {
        let body = String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
        let request = try client(user).start(.post, path, body, accept: "application/json")
        return try TicketReply(try await request.response(timeout: .seconds(20)))
    }

    @discardableResult
    func decide(
        _ id: Int, _ node: String, by user: String, _ decision: String = "approve", comment: String = "", version: Int
    ) async throws -> TicketReply {
        try await act(
            user, "/tickets/\(id)/decision/",
            ["decision": decision, "node": node, "comment": comment, "version": version])
    }

    /// Takes a release through all desks.
    func approve(_ id: Int) async throws {
        for (node, user, version) in [("lead", "user1", 1), ("sec", "user3", 2), ("dba", "user4", 3)] {
            #expect(try await decide(id, node, by: user, version: version).status == .ok)
        }
    }
}

/// An answer about a ticket.
struct TicketReply {
    struct Body: Decodable {
        struct Ticket: Decodable {
            var id: Int
            var state: String
            var version: Int
        }

        var error: String?
        var ticket: Ticket?
    }

    let status: HTTPResponse.Status
    let json: Body

    init(_ response: HTTPTestResponse) throws {
        status = response.status
        json = try JSONDecoder().decode(Body.self, from: Data(response.body.readableBytesView))
    }
}
