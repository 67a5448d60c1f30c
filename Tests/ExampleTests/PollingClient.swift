// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

/// A signed-in user's script on a polling page.
struct PollingClient {
    let site: TestSite
    let browser: Browser
    let token: String

    init(_ site: TestSite, user: String = "user1") async throws {
        self.site = site
        browser = Browser(site)
        try await browser.signIn(user)
        token = try await browser.token(of: "/home/")
    }

    /// A request on its way.
    func start(
        _ method: HTTPRequest.Method = .get, _ path: String, _ body: String = "", token: String? = nil,
        accept: String = "*/*"
    ) throws -> HTTPCommunicator {
        let application = try #require(site.router.application(for: HTTP.self))
        var headers = browser.headers
        headers[.accept] = accept
        if !body.isEmpty { headers[.contentType] = "application/json" }
        if method != .get, let name = HTTPField.Name("X-CSRF-Token") { headers[name] = token ?? self.token }
        return HTTPCommunicator(
            application, method: method, path: path, headers: headers, body: ByteBuffer(string: body),
            state: site.lifespan.state, clock: site.clock)
    }

    func request(
        _ method: HTTPRequest.Method = .get, _ path: String, _ body: String = "", token: String? = nil,
        accept: String = "*/*"
    ) async throws -> Reply {
        try await Reply(start(method, path, body, token: token, accept: accept))
    }

    func post(_ text: String, cid: String? = nil) async throws -> Reply {
        let body = try JSONEncoder().encode(["text": text, "cid": cid ?? text])
        return try await request(.post, "/home/messages/", String(decoding: body, as: UTF8.self))
    }

    /// A new queue's name, and the id where it begins.
    func openQueue() async throws -> (name: String, lastID: Int) {
        let reply = try await request(.post, "/home/queue/")
        #expect(reply.status == .created)
        return (try #require(reply.json.queue), try #require(reply.json.lastId))
    }

    /// A poll that is held: it waits when this returns.
    func hold(_ queue: String, after: Int, timeout: Int = 10) async throws -> HTTPCommunicator {
        let held = try site.longPolls.feed.held
        let others = held.count
        let poll = try start(.get, "/home/poll/?queue=\(queue)&after=\(after)&timeout=\(timeout)")
        try await eventually("the poll is held") { held.count == others + 1 }
        return poll
    }
}

/// An answer with the members that there are.
struct Reply {
    struct Body: Decodable {
        var error: String?
        var queue: String?
        var messages: [Message]?
        var lastId: Int?
        var more: Bool?
        // A single message.
        var id: Int?
        var cid: String?
        var room: String?
        var user: String?
        var text: String?
        var at: String?
    }

    let response: HTTPTestResponse
    let json: Body

    var status: HTTPResponse.Status { response.status }
    var texts: [String]? { json.messages?.map(\.text) }
    var ids: [Int]? { json.messages?.map(\.id) }

    init(_ request: HTTPCommunicator) async throws {
        try self.init(try await request.response(timeout: .seconds(10)))
    }

    init(_ response: HTTPTestResponse) throws {
        self.response = response
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        json = try decoder.decode(Body.self, from: Data(response.body.readableBytesView))
    }
}

extension TestSite {
    var longPolls: LongPolls {
        get throws { try #require(lifespan.state[LongPolls.Key.self]) }
    }
}
