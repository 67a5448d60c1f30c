// SPDX-License-Identifier: Apache-2.0

import JSONTree
import Testing

extension PagesScenario {
    /// The title counts what comes while nobody looks.
    static func hiddenPage(_ reader: ChatUser, _ author: ChatUser) async throws {
        let title = try await reader.browser.title()
        try await reader.setHidden(true)
        try await author.say("unseen")
        try await eventually("(1) in the title", within: ChatUser.patience) {
            try await reader.browser.title() == "(1) \(title)"
        }
        try await reader.setHidden(false)
        #expect(try await reader.browser.title() == title)
    }
}

extension ChatUser {
    /// Whether the page is to believe that nobody looks.
    fileprivate func setHidden(_ isHidden: Bool) async throws {
        try await browser.script(
            """
            Object.defineProperty(document, 'hidden', { configurable: true, get: () => arguments[0] })
            document.dispatchEvent(new Event('visibilitychange'))
            """, [.bool(isHidden)])
    }
}
