// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("The charts' page and socket")
struct ChartPageTests {
    private struct ChartFrame: Decodable {
        var type: String
        var bars: String?
        var pie: String?
        var code: String?
    }

    @Test("nobody but the signed-in sees the page or gets the socket")
    func refusals() async throws {
        let site = try await TestSite()
        let browser = Browser(site)
        #expect(try await browser.get("/charts/").status == .seeOther)
        let application = try #require(site.router.application(for: WebSocket.self))
        let anonymous = WebSocketCommunicator(
            application, path: "/ws/charts/", headers: browser.headers, state: site.lifespan.state)
        #expect(try await anonymous.connect().status == .forbidden)
    }

    @Test("the page has both charts as SVG, readable without script, with the site's strict policy")
    func page() async throws {
        let site = try await TestSite()
        let browser = Browser(site)
        try await browser.signIn("user1")
        try await site.say("hi", in: "聊天", as: "user2")
        let page = try await browser.get("/charts/").text
        #expect(page.matches(of: #/<svg [^>]*role="img" aria-label="[^"]+"/#).count == 2)
        #expect(page.contains("聊天 1 条（100%）") && page.contains(#"data-connection="connecting""#))
        #expect(!page.contains("style="))
        #expect(try await browser.get("/charts/?lang=en").text.contains("聊天 1 (100%)"))
    }

    @Test("the socket sends the charts at once, then changes alone, at most once a second, in the page's language")
    func live() async throws {
        let clock = VirtualTime(now: SystemTime().now)
        let site = try await TestSite(clock: clock)
        let socket = try await site.socket("/ws/charts/?lang=en")
        #expect(try await socket.connect().subprotocol == LiveConsumer.subprotocol)
        #expect(try await socket.frame("welcome").heartbeat == 25)
        let first = try await socket.receiveJSON(as: ChartFrame.self)
        #expect(first.type == "charts" && first.pie?.contains("Messages by room: none yet.") == true)

        try await clock.waitForSleepers(2)  // the heartbeat's and the charts'
        for number in 1...50 { try await site.say("\(number)", in: "a", as: "user2") }
        #expect(await socket.receiveNothing(), "the second is not over")
        clock.advance(by: .seconds(1))
        #expect(try await socket.receiveJSON(as: ChartFrame.self).pie?.contains("a 50 (100%)") == true)
        try await clock.waitForSleepers(2)
        clock.advance(by: .seconds(1))
        #expect(await socket.receiveNothing(), "nothing has changed")
        try await clock.waitForSleepers(2)
        clock.advance(by: .seconds(60))
        #expect(try await socket.receiveJSON(as: ChartFrame.self).bars != nil, "another minute is another chart")
        try await socket.disconnect()
        try await eventually("no timer is left") { clock.sleepers == 0 }
    }

    @Test("pings are answered, nonsense is an error, and silence for 90 s is closed with 4408")
    func frames() async throws {
        let clock = VirtualTime()
        let site = try await TestSite(clock: clock)
        let socket = try await site.socket("/ws/charts/")
        try await socket.connect()
        try socket.sendJSON(Frame(type: "ping"))
        _ = try await socket.frame("pong")
        for text in ["", "x", #"{"type":"send","cid":"1","text":"x"}"#, #"{"type":99999999999999999999}"#] {
            socket.send(text: text)
            #expect(try await socket.frame("error").code == "bad_message")
        }
        try await clock.waitForSleepers(2)
        clock.advance(by: .seconds(91))
        await #expect(throws: CommunicatorError.self) {
            while true { _ = try await socket.receive(timeout: .seconds(5)) }  // charts, until the close comes
        }
    }

    @Test("a client that does not read gets the latest charts, not all that were")
    func slowReader() async throws {
        let clock = VirtualTime(now: SystemTime().now)
        let site = try await TestSite(clock: clock)
        let socket = try await site.socket("/ws/charts/?lang=en")
        try await socket.connect()
        _ = try await socket.frame("charts")
        try await clock.waitForSleepers(2)
        socket.setPressure(.full)
        for number in 1...5 {
            try await site.say("\(number)", in: "a", as: "user2")
            clock.advance(by: .seconds(1))
        }
        #expect(await socket.receiveNothing())
        socket.setPressure(.none)
        var seen = 0
        while true {
            seen += 1
            let frame = try await socket.receiveJSON(as: ChartFrame.self, timeout: .seconds(5))
            if frame.pie?.contains("a 5 (100%)") == true { break }
            try await eventually("it looks again") { clock.sleepers == 2 }
            clock.advance(by: .seconds(1))
        }
        #expect(seen <= 2, "the one that waited, and the latest")
        try await socket.disconnect()
    }
}
