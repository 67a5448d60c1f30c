// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import Testing

extension PagesScenario {
    /// More than a page shows at first.
    private static let old = (1...57).map { "old \($0)" }

    @Test("Short and long polling: what was said before, what is said now, and what is said while the server is away")
    func polling() async throws {
        try await ChatScenario.run { server, driver in
            let site = await server.url
            try await Self.fill(LoopbackHTTP(port: await server.plainPort))
            try await driver.withUser("user1", .chinese) { short in
                try await driver.withUser("user2", .english) { long in
                    for (user, path) in [(short, "/home/"), (long, "/home/long/")] {
                        try await user.enter(path: path, at: site)
                        try await user.markPage()
                        try await user.loadEarlier(from: 50, to: Self.old.count)
                        #expect(try await user.messages().map(\.text) == Self.old)
                    }
                    var said = ["你好 <b>&amp;", "第一行\n第二行"]
                    for text in said { try await short.say(text) }
                    try await long.waitForMessages(Self.old.count + 2)
                    try await long.say("hello")
                    said.append("hello")
                    try await short.waitForMessages(Self.old.count + 3)

                    try await Self.hiddenPage(long, short)
                    said.append("unseen")

                    // The queues go with the server: the long-polling page opens another one.
                    #expect(try await server.end(by: SIGTERM) == 0)
                    for (user, text) in [(short, "断线时"), (long, "while away")] {
                        try await user.waitForConnection("reconnecting")
                        try await user.say(text)
                        try await user.waitForMessage(text, "pending")
                    }
                    try await server.start()
                    for user in [short, long] {
                        try await user.waitForConnection("open")
                        try await user.waitForMessages(Self.old.count + 6)
                        #expect(try await user.isMarked(), "the page was loaded again")
                        #expect(
                            try await user.notices()
                                == [user.words.connected, user.words.disconnected, user.words.connected])
                    }
                    let messages = try await short.messages()
                    #expect(try await long.messages() == messages)
                    #expect(messages.dropLast(2).map(\.text) == Self.old + said)
                    #expect(Set(messages.suffix(2).map(\.text)) == ["断线时", "while away"])
                    let ids = messages.compactMap(\.id)
                    #expect(ids == Array(1...messages.count))
                    for (user, text) in [(short, "断线时"), (long, "while away")] {
                        #expect(try await user.states(of: text) == ["pending", "sent"])
                    }
                    try await Self.history(of: short, at: site, messages.count)
                    try await Self.limits(of: long)
                    try await Self.signedOutElsewhere(short, then: "/login/?next=%2Fhome%2F")
                    try await Self.signedOutElsewhere(long, then: "/login/?next=%2Fhome%2Flong%2F")
                }
            }
        }
    }

    /// Three users, so that nobody is too fast.
    private static func fill(_ http: LoopbackHTTP) async throws {
        for (number, texts) in stride(from: 0, to: old.count, by: 19).map({ old[$0...].prefix(19) }).enumerated() {
            let client = try await SiteClient(http, user: "user\(number + 3)")
            for text in texts { try await client.post(text) }
        }
    }

    /// The room's own page has the same history.
    private static func history(of user: ChatUser, at site: String, _ count: Int) async throws {
        let shown = try await user.messages()
        try await user.browser.open(site + "/room/home/")
        try await user.waitForConnection("open")
        try await user.loadEarlier(from: 50, to: count)
        #expect(try await user.messages() == shown)
        try await user.browser.open(site + "/home/")
        try await user.waitForConnection("open")
    }

    private static func limits(of user: ChatUser) async throws {
        try await user.box().type(String(repeating: "x", count: 4_001) + Key.enter)
        try await eventually("an alert", within: ChatUser.patience) { try await user.alert().contains("4001") }
        try await user.box().clear()
        // All at once, so that they come within the time that counts.
        try await user.browser.script(
            """
            const box = document.querySelector('textarea')
            for (let number = 0; number < 25; number += 1) {
              box.value = number
              box.form.requestSubmit()
            }
            """)
        try await user.waitForMessage("24", "failed")
        #expect(try await !user.alert().isEmpty)
        _ = try await user.browser.find(.role("button", name: user.words.retry))
        let states = try await user.messages().suffix(25).map(\.state)
        #expect(states == states.sorted(by: >) && states.first == "sent", "sent ones first, then failed ones")
        #expect(try await user.connection() == "open")
    }

    /// The session ends in another page of the same browser.
    static func signedOutElsewhere(_ user: ChatUser, then path: String) async throws {
        try await user.browser.script(
            """
            const token = document.querySelector('meta[name=csrf-token]').content
            return fetch('/logout/', { method: 'POST', headers: { 'X-CSRF-Token': token }, redirect: 'manual' })
              .then(() => true)
            """)
        try await eventually("the sign-in page", within: ChatUser.patience) {
            try await user.browser.url().hasSuffix(path)
        }
        _ = try await user.browser.find(.role("button", name: user.words.signIn), within: ChatUser.patience)
    }
}

extension ChatUser {
    /// Opens a page, is asked to sign in, and waits until the page is live.
    func enter(path: String, at site: String) async throws {
        try await browser.open(site + path)
        try await signIn()
        try await waitForConnection("open")
    }

    /// Loads what was said before, until there is no more.
    func loadEarlier(from first: Int, to all: Int) async throws {
        #expect(try await messages().count == first)
        try await press(words.earlier)
        try await waitForMessages(all)
        try await eventually("nothing earlier", within: Self.patience) {
            try await !browser.find(.css("[data-part=earlier]")).isDisplayed()
        }
    }
}
