// SPDX-License-Identifier: Apache-2.0

import JSONTree
import Testing

extension PagesScenario {
    private static let room = "聊天"

    @Test("By keyboard alone: the list with what is unread, a room with who is there and who types, and the charts")
    func rooms() async throws {
        try await ChatScenario.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .chinese) { reader in
                try await driver.withUser("user2", .english) { author in
                    try await reader.enter(path: "/room/", at: site)
                    try await author.enter(Self.room, at: site)
                    try await reader.markPage()
                    for (count, text) in ["one", "two"].enumerated() {
                        try await author.say(text)
                        try await reader.waitForUnread(count + 1, in: Self.room)
                    }
                    #expect(try await reader.isMarked(), "the list was loaded again")

                    try await reader.reach("textbox", reader.words.room).type(Self.room + Key.enter)
                    try await reader.waitForConnection("open")
                    try await reader.waitForMessages(2)
                    try await Self.presence(reader, author)
                    try await Self.typing(of: reader, seenBy: author)
                    try await Self.hiddenPage(reader, author)
                    try await Self.composing(reader)
                    try await Self.reloadWhileSending(author)

                    try await reader.browser.back()
                    try await reader.waitForUnread(0, in: Self.room)
                    try await author.waitForPeople(["user2"])
                    try await Self.charts(reader, author)

                    try await reader.browser.open(site + "/room/")
                    try await reader.waitForConnection("open")
                    for user in [reader, author] { #expect(try await user.browser.consoleErrors() == []) }
                    try await Self.signedOutElsewhere(reader, then: "/login/?next=%2Froom%2F")
                }
            }
        }
    }

    private static func presence(_ reader: ChatUser, _ author: ChatUser) async throws {
        for user in [reader, author] { try await user.waitForPeople(["user1", "user2"]) }
        _ = try await reader.browser.find(.role("list", name: reader.words.online))
    }

    private static func typing(of typist: ChatUser, seenBy other: ChatUser) async throws {
        try await typist.box().type("写")
        try await eventually("user1 to be seen typing", within: ChatUser.patience) {
            try await other.typing().contains("user1")
        }
        try await typist.box().type(Key.enter)
        try await other.waitForMessage("写", "sent")
        #expect(try await other.typing() == "")
        #expect(try await typist.typing() == "")
    }

    /// Enter that ends a word of an input method is not for the page.
    private static func composing(_ user: ChatUser) async throws {
        let before = try await user.sentTexts()
        try await user.box().type("ni")
        let isPrevented = try await user.browser.script(
            """
            const box = document.querySelector('textarea')
            return [{ isComposing: true }, { keyCode: 229 }].map((composing) => {
              const key = { key: 'Enter', bubbles: true, cancelable: true, ...composing }
              return !box.dispatchEvent(new KeyboardEvent('keydown', key))
            })
            """)
        #expect(isPrevented == [false, false])
        #expect(try await user.box().property("value") == "ni")
        #expect(try await user.sentTexts() == before)
        try await user.box().clear()
        // Nor is there anything to send in a text without a word.
        try await user.box().type("  " + Key.enter)
        #expect(try await user.sentTexts() == before)
        try await user.box().clear()
    }

    /// The line is cut, a message waits, another one is being written, and the page is loaded again.
    private static func reloadWhileSending(_ user: ChatUser) async throws {
        try await user.setOffline(true)
        try await user.waitForConnection("reconnecting")
        try await user.say("cut off")
        try await user.waitForMessage("cut off", "pending")
        try await user.box().type("half a sen")
        try await user.setOffline(false)
        try await user.browser.reload()
        try await user.waitForConnection("open")
        try await user.waitForMessage("cut off", "sent")
        #expect(try await user.messages().filter { $0.text == "cut off" }.count == 1)
        #expect(try await user.box().property("value") == "half a sen")
        try await user.box().clear()
        // The browser itself complains of what it could not load.
        _ = try await user.browser.consoleErrors()
    }

    private static func charts(_ reader: ChatUser, _ author: ChatUser) async throws {
        try await reader.reach("link", "实时图表").type(Key.enter)
        try await reader.waitForConnection("open")
        try await reader.markPage()
        for count in [5, 6] {
            try await eventually("charts of \(count) messages", within: ChatUser.patience) {
                try await reader.charts().filter { $0.contains("共 \(count) 条") }.count == 2
            }
            let pie = try await reader.charts().last
            #expect(pie?.contains("\(room) \(count) 条（100%）") == true)
            try await author.say("more \(count)")
        }
        #expect(try await reader.isMarked(), "the charts were loaded again")
    }
}

extension ChatUser {
    /// Waits until the list says so many for a room.
    fileprivate func waitForUnread(_ count: Int, in room: String) async throws {
        try await eventually("\(count) unread in \(room)", within: Self.patience) {
            let item = try await browser.element(css: "li[data-room=\"\(room)\"]")
            guard try await item.attribute("data-unread") == "\(count)" else { return false }
            // A count of nothing is not shown.
            let words = try await item.text().split(whereSeparator: \.isWhitespace)
            return words.contains("\(count)") == (count > 0)
        }
    }

    fileprivate func waitForPeople(_ names: [String]) async throws {
        try await eventually("\(names) in the list of \(name)", within: Self.patience) {
            let users = try await browser.script(
                "return [...document.querySelectorAll('li[data-user]')].map((item) => item.dataset.user)")
            return users == .array(names.map(JSON.string))
        }
    }

    /// Who types, in words.
    fileprivate func typing() async throws -> String {
        try await browser.find(.css("[data-part=typing][role=status]")).text()
    }

    /// What the charts say to one who does not see them.
    fileprivate func charts() async throws -> [String] {
        let names = try await browser.script(
            "return [...document.querySelectorAll('svg[role=img]')].map((chart) => chart.ariaLabel)")
        return names.array?.compactMap(\.string) ?? []
    }

    fileprivate func setOffline(_ isOffline: Bool) async throws {
        let speed: JSON = ["offline": .bool(isOffline), "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1]
        try await browser.devTools("Network.enable")
        try await browser.devTools("Network.emulateNetworkConditions", speed)
    }
}
