// SPDX-License-Identifier: Apache-2.0

import JSONTree
import Testing

extension ChatScenario {
    private static let ofTheFirst = [
        "你好，世界", "𠮷野家 😀 👩‍👩‍👧‍👦 é", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
        "第一行\n第二行\n\n末行 & &amp;",
    ]
    private static let ofTheSecond = ["hello", "  two  spaces", "“bye”"]

    @Test("Two users see each other's messages live, as text, each once and in order")
    func conversation() async throws {
        try await Self.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .chinese) { first in
                try await driver.withUser("user2", .english) { second in
                    try await first.enter(Self.room, at: site)
                    try await Self.enterByLinks(second, at: site)
                    for user in [first, second] { try await Self.checkPage(of: user, at: site) }

                    for text in Self.ofTheFirst { try await first.say(text) }
                    try await second.waitForMessages(Self.ofTheFirst.count)
                    for text in Self.ofTheSecond { try await second.say(text) }
                    let count = Self.ofTheFirst.count + Self.ofTheSecond.count
                    for user in [first, second] { try await user.waitForMessages(count) }

                    let messages = try await first.messages()
                    #expect(try await second.messages() == messages)
                    #expect(messages.map(\.text) == Self.ofTheFirst + Self.ofTheSecond)
                    #expect(
                        messages.map(\.user)
                            == Self.ofTheFirst.map { _ in "user1" } + Self.ofTheSecond.map { _ in "user2" })
                    let ids = messages.compactMap(\.id)
                    #expect(ids.count == count && zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
                    for (user, own, others) in [
                        (first, Self.ofTheFirst, Self.ofTheSecond), (second, Self.ofTheSecond, Self.ofTheFirst),
                    ] {
                        for text in own { #expect(try await user.states(of: text) == ["pending", "sent"]) }
                        for text in others { #expect(try await user.states(of: text) == ["sent"]) }
                        try await Self.checkLog(of: user)
                        #expect(try await user.browser.consoleErrors() == [])
                    }
                }
            }
        }
    }

    /// From the start page by what is there to be clicked.
    private static func enterByLinks(_ user: ChatUser, at site: String) async throws {
        try await user.browser.open(site + "/")
        try await user.browser.find(.role("link", name: user.words.signIn)).click()
        try await user.signIn()
        try await user.browser.find(.role("link", name: "\(user.words.room) \(room)"), within: ChatUser.patience)
            .click()
        try await user.waitForConnection("open")
    }

    private static func checkPage(of user: ChatUser, at site: String) async throws {
        let browser = user.browser
        #expect(try await browser.script("return location.protocol") == "https:")
        #expect(try await browser.script("return decodeURIComponent(location.pathname)") == .string("/room/\(room)/"))
        let sockets = try await user.sockets()
        #expect(sockets.count == 1)
        #expect(sockets.allSatisfy { $0.hasPrefix(site.replacing("https:", with: "wss:") + "/") })
        #expect(try await browser.script("return document.documentElement.lang") == .string(user.words.tag))
        #expect(try await browser.elements(css: "h1").count == 1)
        #expect(try await user.notices() == [user.words.connected])
        #expect(try await !browser.find(.css("[data-connection]")).text().isEmpty)
        _ = try await browser.find(.role("button", name: user.words.signOut))

        let policy =
            try await browser.script(
                "return fetch(location.href).then((page) => page.headers.get('content-security-policy'))"
            ).string ?? ""
        #expect(policy.contains("default-src"))
        #expect(!policy.contains("unsafe-") && !policy.contains("*") && !policy.contains("http"))
        #expect(try await browser.elements(css: "[style], style, script:not([src]), [onclick]").isEmpty)
    }

    /// Who is there, and that nothing that was typed has become markup.
    private static func checkLog(of user: ChatUser) async throws {
        try await eventually("both users in the list", within: ChatUser.patience) {
            let users = try await user.browser.script(
                "return [...document.querySelectorAll('li[data-user]')].map((item) => item.dataset.user)")
            return users == ["user1", "user2"]
        }
        #expect(try await user.browser.elements(css: "[role=log] script, [role=log] img").isEmpty)
        // As it is laid out, not only as it is stored: the line breaks are seen.
        let lines = try await user.browser.script(
            """
            return [...document.querySelectorAll('[role=log] [data-part=text]')].map((text) => text.innerText)
              .find((text) => text.startsWith('第一行'))
            """)
        #expect(lines == .string(ofTheFirst.last ?? ""))
    }
}
