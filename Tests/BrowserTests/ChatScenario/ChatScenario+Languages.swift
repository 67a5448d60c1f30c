// SPDX-License-Identifier: Apache-2.0

import JSONTree
import Testing

extension ChatScenario {
    @Test("The language: of the browser first, then the one that was chosen")
    func languages() async throws {
        try await Self.run { server, driver in
            let site = await server.url
            for (words, link, other) in [
                (ChatWords.english, "中文", ChatWords.chinese), (.chinese, "English", .english),
            ] {
                try await driver.withUser("user1", words) { user in
                    try await user.browser.open(site + "/login/")
                    try await user.checkLanguage(words)
                    try await user.browser.find(.role("link", name: link)).click()
                    try await user.checkLanguage(other)
                    #expect(try await user.browser.url().contains("?lang="))
                    try await user.browser.open(site + "/login/")
                    try await user.checkLanguage(other)
                    #expect(try await user.browser.consoleErrors() == [])
                }
            }
        }
    }
}

extension ChatUser {
    fileprivate func checkLanguage(_ words: ChatWords) async throws {
        _ = try await browser.find(.role("heading", name: words.signIn), within: Self.patience)
        #expect(try await browser.script("return document.documentElement.lang") == .string(words.tag))
    }
}
