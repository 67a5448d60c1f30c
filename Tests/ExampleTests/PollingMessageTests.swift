// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("/home/messages/: short polling")
struct PollingMessageTests {
    @Test("a post is answered with 201 and the message; the same cid again with 200 and the first one")
    func post() async throws {
        let site = try await TestSite()
        let (one, two) = (try await PollingClient(site), try await PollingClient(site, user: "user2"))
        let text = "你好 😀 <script>\n\"line\" \u{202e}\u{1}"
        let first = try await one.post(text, cid: "c1")
        #expect(first.status == .created)
        #expect(first.json.id == 1 && first.json.cid == "c1" && first.json.room == "home")
        #expect(first.json.user == "user1" && first.json.text == text)
        #expect(first.json.at?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)
        #expect(first.response.headers[.contentType] == "application/json")
        let again = try await one.post("another text", cid: "c1")
        #expect(again.status == .ok && again.json.id == 1 && again.json.text == text)
        let other = try await two.post("mine", cid: "c1")
        #expect(other.status == .created && other.json.id == 2)
        #expect(try await one.post("no \u{0} fits into every database").status == .unprocessableContent)
    }

    @Test("what is new comes at once, in order, and is not cached")
    func show() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        for text in ["a", "b", "c"] { _ = try await client.post(text) }
        let all = try await client.request(.get, "/home/messages/?after=0")
        #expect(all.status == .ok && all.texts == ["a", "b", "c"] && all.json.lastId == 3 && all.json.more == nil)
        #expect(all.response.headers[.cacheControl] == "no-store")
        #expect(try await client.request(.get, "/home/messages/").texts == ["a", "b", "c"])
        let some = try await client.request(.get, "/home/messages/?after=2")
        #expect(some.texts == ["c"] && some.json.lastId == 3)
        for after in [3, 99, Int.max] {
            let none = try await client.request(.get, "/home/messages/?after=\(after)")
            #expect(none.texts == [] && none.json.lastId == 3)
        }
        let earlier = try await client.request(.get, "/home/messages/?before=3")
        #expect(earlier.texts == ["a", "b"] && earlier.json.more == nil)
    }

    @Test("who was away for long gets everything in pieces without gaps")
    func pieces() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let store = try site.rooms.store
        for number in 1...700 {
            let room = number.isMultiple(of: 7) ? "other" : "home"
            _ = try await store.append(.init(cid: "\(number)", room: room, user: "user2", text: "\(number)"))
        }
        for start in [0, 1, 255, 300, 640] {
            var (after, ids, more) = (start, [Int](), true)
            while more {
                let reply = try await client.request(.get, "/home/messages/?after=\(after)")
                ids += try #require(reply.ids)
                after = try #require(reply.json.lastId)
                more = reply.json.more ?? false
            }
            #expect(ids == (start + 1...700).filter { !$0.isMultiple(of: 7) })
        }
    }

    @Test("4000 characters, whatever their size; 4001 are too many, and nothing is stored")
    func length() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        #expect(try await client.post(String(repeating: "😀", count: 4_000), cid: "a").status == .created)
        let escaped = String(repeating: #"\ud83d\ude00"#, count: 4_000)
        let whole = try await client.request(.post, "/home/messages/", #"{"cid":"b","text":"\#(escaped)"}"#)
        #expect(whole.status == .created)
        for count in [4_001, 1_000_000] {
            let long = try await client.post(String(repeating: "字", count: count), cid: "c")
            #expect(long.status == .contentTooLarge && long.json.error == "too_long")
        }
        #expect(try await site.rooms.store.lastID(of: "home") == 2)
    }

    @Test(
        "what is no message: 422 bad_message",
        arguments: [
            "{", "[]", "null", "{}", #"{"text":"x"}"#, #"{"cid":"x"}"#, #"{"text":7,"cid":"x"}"#,
            #"{"text":" \n","cid":"x"}"#, #"{"text":"x","cid":""}"#, #"{"text":"\ud800","cid":"x"}"#,
            #"{"text":"x","cid":"\#(String(repeating: "c", count: 65))"}"#, String(repeating: "[", count: 10_000),
        ])
    func badMessage(body: String) async throws {
        let site = try await TestSite()
        let reply = try await PollingClient(site).request(.post, "/home/messages/", body)
        #expect(reply.status == .unprocessableContent && reply.json.error == "bad_message")
        #expect(try await site.rooms.store.lastID(of: "home") == 0)
    }

    @Test("one limit for a user's sockets and requests: 429, while what is stored may be repeated")
    func rate() async throws {
        let clock = VirtualTime()
        let site = try await TestSite(clock: clock)
        let client = try await PollingClient(site)
        let (socket, _) = try await site.join("/room/home/")
        for number in 1...10 {
            try socket.sendJSON(Frame.send("s\(number)"))
            _ = try await socket.frame("ack")
            #expect(try await client.post("h\(number)").status == .created)
        }
        let refused = try await client.post("more")
        #expect(refused.status == .tooManyRequests && refused.json.error == "rate_limited")
        #expect(try await client.post("h1").status == .ok)
        #expect(try await PollingClient(site, user: "user2").post("mine").status == .created)
        clock.advance(by: .seconds(10))
        #expect(try await client.post("more").status == .created)
    }

    @Test("numbers that are none: 422", arguments: ["x", "-1", "1.5", "+1", "", "９", "99999999999999999999", "1e3"])
    func badNumbers(number: String) async throws {
        let client = try await PollingClient(try await TestSite())
        let text = number.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        for path in ["messages/?after=", "messages/?before=", "poll/?queue=x&after=", "poll/?queue=x&timeout="] {
            let reply = try await client.request(.get, "/home/\(path)\(text)")
            #expect(reply.status == .unprocessableContent && reply.json.error == "bad_number", "\(path)\(text)")
        }
    }

    @Test("without session 401 for programs and 303 for browsers, without the token 403, other methods 405")
    func refusals() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        for path in ["/home/messages/", "/home/queue/"] {
            let wrong = try client.start(
                .post, path, #"{"text":"x","cid":"x"}"#, token: "wrong", accept: "application/json")
            let reply = try await Reply(wrong)
            #expect(reply.status == .forbidden && reply.json.error == "csrf_failed")
        }
        #expect(try await site.rooms.store.lastID(of: "home") == 0)
        let nobody = Browser(site)
        for path in ["/home/", "/home/long/", "/home/messages/", "/home/poll/?queue=x"] {
            #expect(try await nobody.get(path).status == .seeOther)
        }
        let application = try #require(site.router.application(for: HTTP.self))
        var headers = nobody.headers
        headers[.accept] = "application/json"
        for path in ["/home/messages/", "/home/poll/?queue=x"] {
            let program = HTTPCommunicator(application, path: path, headers: headers, state: site.lifespan.state)
            let reply = try await Reply(program)
            #expect(reply.status == .unauthorized && reply.json.error == "sign_in_required")
        }
        for (method, path) in [(HTTPRequest.Method.put, "messages"), (.get, "queue"), (.post, "poll")] {
            #expect(try await client.request(method, "/home/\(path)/").status == .methodNotAllowed)
        }
    }
}
