// SPDX-License-Identifier: Apache-2.0

import Testing

extension PagesScenario {
    @Test("Lessons: the server greets and answers one; what one says in the list, all hear; 关闭 closes")
    func lessons() async throws {
        try await ChatScenario.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .chinese) { first in
                try await driver.withUser("user2", .english) { second in
                    try await first.enter(path: "/lesson/echo/", at: site)
                    try await second.enter(path: "/lesson/echo/", at: site)
                    try await first.waitForTexts(["来了呀客官"])
                    try await first.tell("有人吗")
                    try await first.waitForTexts(["来了呀客官", "不要回复不要回复"])
                    #expect(try await second.messages().map(\.text) == ["来了呀客官"])
                    try await Self.close(first)

                    for user in [first, second] {
                        try await user.browser.open(site + "/lesson/list/")
                        try await user.waitForConnection("open")
                    }
                    try await first.tell("大家好 <b>")
                    try await second.waitForTexts(["大家好 <b>"])
                    try await second.tell("hello")
                    for user in [first, second] { try await user.waitForTexts(["大家好 <b>", "hello"]) }
                    try await Self.close(second)
                    #expect(try await second.browser.find(.css(".source")).text().contains("class ListConsumer"))
                    for user in [first, second] { #expect(try await user.browser.consoleErrors() == []) }
                }
            }
        }
    }

    /// The server closes at the word; the user comes back and closes, all by keyboard.
    private static func close(_ user: ChatUser) async throws {
        let words = user.words
        try await user.tell("关闭")
        try await user.waitForConnection("closed")
        #expect(try await user.notices() == [words.connected, words.disconnected])
        try await user.reach("button", words.reconnect).type(Key.enter)
        try await user.waitForConnection("open")
        try await user.reach("button", words.disconnect).type(Key.enter)
        try await user.waitForConnection("closed")
    }
}

extension ChatUser {
    fileprivate func tell(_ text: String) async throws {
        try await reach("textbox", words.lessonHint).type(text + Key.enter)
    }

    fileprivate func waitForTexts(_ texts: [String]) async throws {
        try await eventually("\(texts) at \(name)'s", within: Self.patience) {
            try await messages().map(\.text) == texts
        }
    }
}
