// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("Tickets as pages", .timeLimit(.minutes(1)))
struct TicketPageTests {
    @Test("from the form to the page: what was typed is text, in the page and in the lists")
    func submit() async throws {
        let office = try await Office("user1", "user6")
        let title = "发布 <script>alert(1)</script> & \"x\" 🎉"
        let id = try await office.submit(title: title)
        let browser = try office.client("user1").browser
        let escaped = "发布 &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot; 🎉"
        for path in ["/tickets/\(id)/", "/tickets/"] {
            let page = try await browser.get(path).text
            #expect(page.contains(escaped) && !page.contains("<script>alert"), "\(path)")
            #expect(!page.contains("style=") && page.matches(of: #/<h1/#).count == 1, "\(path)")
        }
        let page = try await browser.get("/tickets/\(id)/").text
        #expect(page.contains(#"data-ticket-state="open""#) && page.contains(#"data-ticket-version="1""#))
        #expect(page.contains(#"aria-label="审批流程""#) && page.contains(#"data-key="lead" data-state="waiting""#))
        #expect(page.contains(#"<li data-action="created""#))
    }

    @Test("only who may decide is offered it, and never the applicant")
    func offers() async throws {
        let office = try await Office("user1", "user3", "user6")
        let id = try await office.submit()
        let own = try await office.submit(by: "user1")
        func panel(_ user: String, _ id: Int) async throws -> Bool {
            let page = try await office.client(user).browser.get("/tickets/\(id)/").text
            return !page.contains(#"data-part="decide" aria-labelledby="decide" hidden"#)
        }
        #expect(try await panel("user1", id))
        for (user, id) in [("user3", id), ("user6", id), ("user1", own)] {
            let isOffered = try await panel(user, id)
            #expect(!isOffered, "\(user)")
        }
        let lists = try await office.client("user1").browser.get("/tickets/").text
        let waiting = lists.split(separator: "id=\"latest\"").first ?? ""
        #expect(waiting.contains("data-ticket=\"\(id)\"") && !waiting.contains("data-ticket=\"\(own)\""))
    }

    @Test("a form that is wrong comes back with an alert and with what was typed")
    func wrongForm() async throws {
        let client = try await PollingClient(try await TestSite())
        func submit(_ fields: [String: String]) async throws -> HTTPTestResponse {
            try await client.browser.post("/tickets/new/", fields, token: client.token)
        }
        for fields in [["title": " ", "kind": "release"], ["title": "<b>t", "kind": "nothing", "text": "typed"]] {
            let answer = try await submit(fields)
            #expect(answer.status == .unprocessableContent && answer.text.contains(#"role="alert""#))
        }
        let answer = try await submit(["title": "<b>t", "kind": "access", "text": String(repeating: "字", count: 4_001)])
        #expect(answer.status == .unprocessableContent && answer.text.contains("&lt;b&gt;t"))
        #expect(answer.text.contains(#"value="access" selected"#))
        #expect(try await client.browser.post("/tickets/new/", ["title": "t", "kind": "access"]).status == .forbidden)
    }

    @Test("everything can be done by forms, without a script")
    func forms() async throws {
        let office = try await Office("user1", "user2", "user6", "user7")
        let id = try await office.submit(by: "user6", "access")
        func post(_ user: String, _ action: String, _ fields: [String: String]) async throws -> HTTPTestResponse {
            let client = try office.client(user)
            return try await client.browser.post("/tickets/\(id)/\(action)/", fields, token: client.token)
        }
        let decision = ["node": "lead", "decision": "reject", "version": "1"]
        let refused = try await post("user1", "decision", decision)
        #expect(refused.status == .unprocessableContent && refused.text.contains("不同意时请填写原因。"))
        #expect(try await post("user7", "decision", decision.merging(["comment": "x"]) { $1 }).status == .forbidden)
        #expect(try await post("user1", "delegate", ["node": "lead", "to": "user7"]).status == .seeOther)
        #expect(try await post("user6", "comment", ["comment": "快一点 <b>"]).status == .seeOther)
        let late = try await post("user2", "decision", ["node": "lead", "decision": "approve", "version": "1"])
        #expect(late.status == .conflict && late.text.contains("已被处理"))
        let rejected = try await post(
            "user7", "decision", ["node": "lead", "decision": "reject", "comment": "不行", "version": "3"])
        #expect(rejected.status == .seeOther && rejected.headers[.location] == "/tickets/\(id)/")
        #expect(try await post("user6", "resubmit", [:]).status == .seeOther)
        #expect(try await post("user6", "withdraw", [:]).status == .seeOther)
        let page = try await office.client("user6").browser.get("/tickets/\(id)/").text
        let actions = page.matches(of: #/<li data-action="(\w+)" data-id="(\d+)"/#).map { "\($0.1) \($0.2)" }
        #expect(
            actions == [
                "created 1", "delegated 2", "commented 3", "rejected 4", "resubmitted 5", "withdrawn 6",
            ])
        #expect(page.contains("快一点 &lt;b&gt;") && page.contains(#"data-ticket-state="withdrawn""#))
    }

    @Test("a ticket that there is not", arguments: ["/tickets/99/", "/deploys/99/", "/tickets/x/", "/tickets/0/"])
    func nothing(path: String) async throws {
        let client = try await PollingClient(try await TestSite())
        #expect(try await client.browser.get(path).status == .notFound)
    }

    @Test("tickets and their histories are there after a restart")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let site = try await TestSite(folder: folder)
        let office = try await Office("user1", "user6", site: site)
        let id = try await office.submit(title: "重启 𠮷")
        #expect(try await office.decide(id, "lead", by: "user1", comment: "好", version: 1).status == .ok)
        try await site.lifespan.shutdown()
        let later = try await Office("user3", site: TestSite(folder: folder))
        let page = try await later.client("user3").browser.get("/tickets/\(id)/").text
        #expect(page.contains("重启 𠮷") && page.contains("好</p>") && page.contains(#"data-ticket-version="2""#))
        #expect(try await later.decide(id, "sec", by: "user3", version: 2).json.ticket?.version == 3)
    }
}
