// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("Pages and sign-in")
struct PageTests {
    @Test("/ is open for all, in two languages, with a strict policy and nothing inline")
    func home() async throws {
        let browser = Browser(try await TestSite())
        let page = try await browser.get("/")
        #expect(page.status == .ok)
        #expect(page.text.contains(#"<html lang="zh-CN">"#))
        let policy = try #require(page.headers[.contentSecurityPolicy])
        #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
        #expect(!page.text.contains("<style") && !page.text.contains("style=") && !page.text.contains("onclick"))
        for path in [
            "/", "/login/", "/home/", "/home/long/", "/room/", "/room/123/", "/room/聊天/", "/charts/", "/lesson/echo/",
            "/lesson/list/", "/flows/tree/", "/flows/dag/", "/flows/shapes/", "/flows/servers/",
            "/tickets/", "/tickets/new/",
        ] { #expect(page.text.contains("href=\"\(path)\""), "\(path)") }
        #expect(try await browser.get("/?lang=en").text.contains(#"<html lang="en">"#))
        #expect(try await browser.get("/").text.contains("Sign in"), "the choice is remembered")
    }

    @Test("signing in: 303 to where one wanted to go, within this site")
    func signIn() async throws {
        let site = try await TestSite()
        var browser = Browser(site)
        let refused = try await browser.get("/room/聊天/", method: .head)
        #expect(refused.status == .seeOther)
        #expect(refused.headers[.location] == "/login/?next=/room/%25E8%2581%258A%25E5%25A4%25A9/")
        let answer = try await browser.signIn("user1", next: "/room/聊天/")
        #expect(answer.status == .seeOther)
        #expect(answer.headers[.location] == "/room/%E8%81%8A%E5%A4%A9/")
        let room = try await browser.get("/room/聊天/")
        #expect(room.status == .ok)
        #expect(room.text.contains(#"data-room="聊天" data-self="user1" data-last-id="0""#))
        browser = Browser(site)
        #expect(try await browser.signIn("user2", next: "//evil.example/").headers[.location] == "/")
    }

    @Test(
        "wrong data: 422, an alert, what was typed as text, and no session", arguments: ["user1", "nobody", "\"><b>x"])
    func wrongData(name: String) async throws {
        let browser = Browser(try await TestSite())
        let answer = try await browser.signIn(name, password: "wrong")
        #expect(answer.status == .unprocessableContent)
        #expect(answer.text.contains(#"role="alert""#))
        #expect(!answer.text.contains("<b>x"))
        #expect(browser.cookie("sessionid") == nil)
    }

    @Test("without --demo a database has no users, and a session of another one counts for nothing")
    func noDemo() async throws {
        let demo = try await TestSite()
        let signedIn = Browser(demo)
        try await signedIn.signIn("user1")
        #expect(try await signedIn.get("/room/1/").status == .ok)
        let site = try await TestSite(demo: false)
        #expect(try await Browser(site).signIn("user1").status == .unprocessableContent)
        let stale = Browser(site, cookiesOf: signedIn)
        #expect(try await stale.get("/room/1/").status == .seeOther)
    }

    @Test("users and their sessions outlive a restart; who was made inactive is out")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let first = try await TestSite(folder: folder)
        let signedIn = Browser(first)
        try await signedIn.signIn("user1")
        try await first.lifespan.shutdown()
        let site = try await TestSite(folder: folder, demo: false)
        let returned = Browser(site, cookiesOf: signedIn)
        #expect(try await returned.get("/room/1/").status == .ok)
        _ = try await site.lifespan.state.databases?.run {
            try await Account.objects.filter { $0.name == "user1" }.update { $0.isActive.set(to: false) }
        }
        #expect(try await returned.get("/room/1/").status == .seeOther)
        #expect(try await Browser(site).signIn("user1").status == .unprocessableContent)
    }

    @Test("a form without its token is refused with a page in the reader's language")
    func csrf() async throws {
        let browser = Browser(try await TestSite())
        let answer = try await browser.post("/login/", ["username": "user1", "password": DemoUsers.password])
        #expect(answer.status == .forbidden)
        #expect(answer.text.contains("表单已过期") && answer.text.contains("首页"))
        #expect(answer.headers[.contentSecurityPolicy] != nil)
    }

    @Test("signing out ends the session, by POST alone")
    func signOut() async throws {
        let browser = Browser(try await TestSite())
        try await browser.signIn("user1")
        #expect(try await browser.get("/logout/").status == .methodNotAllowed)
        #expect(try await browser.get("/").text.contains(">user1</bdi>"))
        let answer = try await browser.post("/logout/", [:], token: browser.token(of: "/"))
        #expect(answer.status == .seeOther)
        #expect(try await browser.get("/room/1/").status == .seeOther)
    }

    @Test("an error page has the site's frame, knows who is signed in, and keeps the language")
    func errorPage() async throws {
        let browser = Browser(try await TestSite())
        try await browser.signIn("user1")
        let page = try await browser.get("/nothing/?lang=en")
        #expect(page.status == .notFound)
        for part in [
            #"<nav aria-label="Main">"#, "There is no such page</h1>", #"<bdi class="user">user1</bdi>"#,
            "Sign out</button>",
            #"<html lang="en">"#, "Sluice chat</title>",
        ] { #expect(page.text.contains(part), "\(part)") }
        #expect(page.text.matches(of: #/<h1/#).count == 1)
    }

    @Test("what is no word is no room", arguments: ["/room/a-b/", "/room/a/b/", "/room/x", "/nothing"])
    func noRoom(path: String) async throws {
        let browser = Browser(try await TestSite())
        try await browser.signIn("user1")
        #expect(try await browser.get(path).status == .notFound)
    }

    @Test("a room's page has its last 50 messages as text, and offers earlier ones")
    func messagesInPage() async throws {
        let site = try await TestSite()
        let browser = Browser(site)
        try await browser.signIn("user1")
        let text = "<script>alert(1)</script>\n\"quoted\"  & 你好"
        for number in 1...51 {
            let draft = Message.Draft(cid: "\(number)", room: "聊天", user: "user2", text: "\(number) \(text)")
            _ = try await site.rooms.store.append(draft)
        }
        let page = try await browser.get("/room/聊天/").text
        #expect(page.matches(of: #/data-kind="message" data-id/#).count == 50)
        #expect(page.contains(#"data-last-id="51""#))
        #expect(page.contains("51 &lt;script&gt;alert(1)&lt;/script&gt;\n&quot;quoted&quot;  &amp; 你好</p>"))
        #expect(!page.contains("data-id=\"1\"") && !page.contains("data-part=\"earlier\" hidden"))
    }

    @Test("scripts and styles of the site and of the framework are served")
    func staticFiles() async throws {
        let browser = Browser(try await TestSite())
        for path in ["/static/room.js", "/static/site.css", "/static/sluice/sluice.js", "/static/sluice/base.css"] {
            #expect(try await browser.get(path).status == .ok, "\(path)")
        }
    }
}
