// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("/home/poll/: long polling")
struct LongPollTests {
    @Test("a held poll is answered by the next message, whether it is posted or comes by a socket")
    func news() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let (queue, start) = try await client.openQueue()
        #expect(start == 0)
        let (socket, _) = try await site.join("/room/home/", user: "user2")
        var poll = try await client.hold(queue, after: 0)
        try socket.sendJSON(Frame.send("from a socket"))
        #expect(try await socket.frame("ack").id == 1)
        let first = try await Reply(poll)
        #expect(first.status == .ok && first.texts == ["from a socket"] && first.json.lastId == 1)
        #expect(first.json.messages?.first?.user == "user2" && first.json.messages?.first?.room == "home")
        poll = try await client.hold(queue, after: 1)
        #expect(try await client.post("by post").status == .created)
        #expect(try await Reply(poll).texts == ["by post"])
        #expect(try await socket.frame("message").text == "from a socket")
        #expect(try await socket.frame("message").text == "by post")
        #expect(try await client.openQueue().lastID == 2)
    }

    @Test("what is said in another room ends no poll")
    func otherRoom() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let poll = try await client.hold(try await client.openQueue().name, after: 0)
        let store = try site.rooms.store
        _ = try await store.append(.init(cid: "1", room: "1", user: "user2", text: "elsewhere"))
        #expect(await poll.receiveNothing())
        _ = try await store.append(.init(cid: "2", room: "home", user: "user2", text: "here"))
        #expect(try await Reply(poll).texts == ["here"])
    }

    @Test("what was not acknowledged is delivered again; `after` acknowledges")
    func redelivery() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let queue = try await client.openQueue().name
        for text in ["a", "b", "c"] { _ = try await client.post(text) }
        try await eventually("all are announced") { try site.longPolls.feed.lastID == 3 }
        let path = "/home/poll/?queue=\(queue)"
        for _ in 1...2 { #expect(try await client.request(.get, "\(path)&after=0").texts == ["a", "b", "c"]) }
        #expect(try await client.request(.get, "\(path)&after=2").texts == ["c"])
        #expect(try await client.request(.get, path).texts == ["c"], "without `after`, as far as was acknowledged")
    }

    @Test("messages that are no longer in memory come from the store")
    func farBehind() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let queue = try await client.openQueue().name
        for number in 1...600 {
            _ = try await site.rooms.store.append(.init(cid: "\(number)", room: "home", user: "user2", text: "x"))
        }
        try await eventually("all are announced") { try site.longPolls.feed.lastID == 600 }
        var ids: [Int] = []
        while ids.count < 600 {
            ids += try #require(try await client.request(.get, "/home/poll/?queue=\(queue)&after=\(ids.count)").ids)
        }
        #expect(ids == Array(1...600))
        for after in [535, 536, 537, 599] {
            let reply = try await client.request(.get, "/home/poll/?queue=\(queue)&after=\(after)")
            #expect(reply.ids == Array(after + 1...600))
        }
    }

    @Test("an empty list after the timeout: 10 s by default, otherwise 1 to 30", arguments: [nil, 1, 30])
    func timeout(seconds: Int?) async throws {
        let clock = VirtualTime()
        let site = try await TestSite(clock: clock)
        let client = try await PollingClient(site)
        let queue = try await client.openQueue().name
        let poll = try client.start(
            .get, "/home/poll/?queue=\(queue)&after=0" + (seconds.map { "&timeout=\($0)" } ?? ""))
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(seconds ?? 10) - .milliseconds(1))
        #expect(await poll.receiveNothing())
        try await clock.waitForSleepers(1)
        clock.advance(by: .milliseconds(101))
        let reply = try await Reply(poll)
        #expect(reply.status == .ok && reply.texts == [] && reply.json.lastId == 0)
        #expect(try site.longPolls.feed.held.count == 0)
    }

    @Test("a timeout outside of 1…30 is refused", arguments: ["0", "31", "-1", "10s"])
    func badTimeout(timeout: String) async throws {
        let client = try await PollingClient(try await TestSite())
        let queue = try await client.openQueue().name
        let reply = try await client.request(.get, "/home/poll/?queue=\(queue)&timeout=\(timeout)")
        #expect(reply.status == .unprocessableContent && reply.json.error == "bad_number")
    }

    @Test("an unknown, foreign or expired queue is gone: 410")
    func gone() async throws {
        let clock = VirtualTime()
        let site = try await TestSite(clock: clock)
        let (one, two) = (try await PollingClient(site), try await PollingClient(site, user: "user2"))
        let queue = try await one.openQueue().name
        for name in ["", "x", UUID().uuidString, "%00", String(repeating: "a", count: 5_000)] {
            let reply = try await one.request(.get, "/home/poll/?queue=\(name)&after=0")
            #expect(reply.status == .gone && reply.json.error == "queue_gone", "\(name)")
        }
        #expect(try await two.request(.get, "/home/poll/?queue=\(queue)&after=0").status == .gone)
        #expect(try await one.request(.get, "/home/poll/").status == .gone)
        _ = try await two.post("news")
        clock.advance(by: .seconds(60))
        #expect(try await one.request(.get, "/home/poll/?queue=\(queue)&after=0").status == .ok)
        clock.advance(by: .seconds(61))
        let expired = try await one.request(.get, "/home/poll/?queue=\(queue)&after=0")
        #expect(expired.status == .gone && expired.json.error == "queue_gone")
        let next = try await one.openQueue()
        #expect(next.lastID == 1)
        #expect(try await one.request(.get, "/home/poll/?queue=\(next.name)&after=0").texts == ["news"])
    }

    @Test("signing out ends the user's polls, and nobody else's; a session elsewhere opens another queue")
    func signOut() async throws {
        let site = try await TestSite()
        let (one, other) = (try await PollingClient(site), try await PollingClient(site, user: "user2"))
        let (queue, others) = (try await one.openQueue().name, try await other.openQueue().name)
        let poll = try await one.hold(queue, after: 0, timeout: 30)
        let kept = try await other.hold(others, after: 0, timeout: 30)
        let elsewhere = try await PollingClient(site)
        _ = try await one.browser.post("/logout/", [:], token: one.token)
        #expect(try await Reply(poll).texts == [])
        #expect(try await elsewhere.request(.get, "/home/poll/?queue=\(queue)&after=0").status == .gone)
        #expect(try await elsewhere.openQueue().lastID == 0)
        #expect(try site.longPolls.feed.held.count == 1 && site.longPolls.queues.count == 2)
        #expect(try await elsewhere.post("on").status == .created)
        #expect(try await Reply(kept).texts == ["on"])
    }

    @Test("of two polls on one queue the older one answers at once, and the younger one gets the message")
    func twoPolls() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let queue = try await client.openQueue().name
        let older = try await client.hold(queue, after: 0)
        let younger = try client.start(.get, "/home/poll/?queue=\(queue)&after=0")
        let reply = try await Reply(older)
        #expect(reply.status == .ok && reply.texts == [])
        _ = try await client.post("one")
        #expect(try await Reply(younger).texts == ["one"])
    }

    @Test("a client that goes away ends its poll at once; its queue lives on for its next one")
    func clientGone() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let queue = try await client.openQueue().name
        let poll = try await client.hold(queue, after: 0, timeout: 30)
        poll.disconnect()
        let held = try site.longPolls.feed.held
        try await eventually("the poll is released") { held.count == 0 }
        _ = try await client.post("meanwhile")
        #expect(try await client.request(.get, "/home/poll/?queue=\(queue)").texts == ["meanwhile"])
    }

    @Test("on a real connection too, whether it is closed or reset", arguments: [false, true])
    func connectionLost(byReset: Bool) async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let queue = try await client.openQueue().name
        let application = try #require(site.router.application(for: HTTP.self))
        let held = try site.longPolls.feed.held
        try await withLiveServer(ProtocolTypeRouter(http: application), state: site.lifespan.state) { server in
            let http = try await server.http()
            let target = "/home/poll/?queue=\(queue)&after=0&timeout=30"
            try await http.send(.get, target, headers: [.cookie: client.browser.headers[.cookie] ?? ""])
            try await eventually("the poll is held") { held.count == 1 }
            if byReset { await http.connection.reset() } else { await http.connection.close() }
            try await eventually("the poll is released") { held.count == 0 }
        }
    }

    @Test("a server that stops does not wait for its polls")
    func stopping() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site)
        let queue = try await client.openQueue().name
        let readiness = Readiness()
        let application = try #require(site.router.application(for: HTTP.self))
        var state = site.lifespan.state
        state[Readiness.self] = readiness
        let clock = VirtualTime()
        let poll = HTTPCommunicator(
            application, path: "/home/poll/?queue=\(queue)&after=0&timeout=30", headers: client.browser.headers,
            state: state, clock: clock)
        try await clock.waitForSleepers(1)
        readiness.drain()
        clock.advance(by: HeldPolls.tick)
        #expect(try await Reply(poll).texts == [])
    }
}
