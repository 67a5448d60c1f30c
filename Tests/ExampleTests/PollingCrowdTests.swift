// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("Polling pages and sockets together")
struct PollingCrowdTests {
    @Test("20 long polls and 20 sockets of 20 users: everyone sees every message once, in order")
    func crowd() async throws {
        let site = try await TestSite()
        let total = 20 * 10
        let seen = try await withThrowingTaskGroup(of: [Int].self) { group in
            for user in DemoUsers.names {
                let client = try await PollingClient(site, user: user)
                let queue = try await client.openQueue().name
                let (socket, _) = try await site.join("/room/home/?since=0", user: user)
                group.addTask { try await Self.poll(client, queue, until: total) }
                group.addTask { try await Self.listen(socket, until: total) }
                group.addTask {
                    for number in 1...5 {
                        #expect(try await client.post("\(user) posts \(number)").status == .created)
                        try socket.sendJSON(Frame.send("\(user) sends \(number)"))
                    }
                    return []
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let complete = seen.filter { !$0.isEmpty }
        #expect(complete.count == 40)
        for ids in complete { #expect(ids == Array(1...total)) }
        #expect(try site.longPolls.feed.held.count == 0)
    }

    private static func poll(_ client: PollingClient, _ queue: String, until total: Int) async throws -> [Int] {
        var ids: [Int] = []
        while ids.count < total {
            let reply = try await client.request(.get, "/home/poll/?queue=\(queue)&after=\(ids.last ?? 0)&timeout=30")
            ids += try #require(reply.ids)
        }
        return ids
    }

    private static func listen(_ socket: WebSocketCommunicator, until total: Int) async throws -> [Int] {
        var ids: [Int] = []
        while ids.count < total { ids.append(try #require(try await socket.frame("message").id)) }
        return ids
    }

    @Test(
        "both pages show the last 50 messages as text, and know where to go on", arguments: ["/home/", "/home/long/"])
    func pages(path: String) async throws {
        let site = try await TestSite()
        let browser = Browser(site)
        try await browser.signIn("user1")
        #expect(try await browser.get(path).text.contains(#"data-last-id="0""#))
        for number in 1...51 {
            _ = try await site.rooms.store.append(
                .init(cid: "\(number)", room: "home", user: "user2", text: "\(number) <b>\n&"))
        }
        let page = try await browser.get(path)
        #expect(page.status == .ok)
        #expect(page.text.matches(of: #/data-kind="message" data-id/#).count == 50)
        #expect(page.text.contains(#"data-self="user1" data-last-id="51""#))
        #expect(page.text.contains("51 &lt;b&gt;\n&amp;</p>") && !page.text.contains("data-part=\"earlier\" hidden"))
        for part in [#"role="log" aria-label="消息记录" aria-live="polite""#, #"data-connection="connecting""#] {
            #expect(page.text.contains(part))
        }
        let script = path == "/home/" ? "/static/home.js" : "/static/long.js"
        #expect(page.text.contains(#"<script type="module" src="\#(script)">"#))
        for file in [script, "/static/polling.js", "/static/request.js", "/static/backoff.js"] {
            #expect(try await browser.get(file).status == .ok, "\(file)")
        }
    }
}
