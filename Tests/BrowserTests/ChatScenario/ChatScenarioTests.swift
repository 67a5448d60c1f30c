// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The example in the hands of people: the built executable, headless Chromium, https and wss.
@Suite("The chat in browsers", .serialized, .needsBrowser, .timeLimit(.minutes(3)))
struct ChatScenario {
    /// A room whose name is no ASCII.
    static let room = "聊天"

    /// A server with fresh data and a chromedriver.
    static func run(_ body: (ExampleServer, ChromeDriver) async throws -> Void) async throws {
        try await ExampleServer.run { server in
            try await ChromeDriver.run { driver in try await body(server, driver) }
        }
    }
}

extension ChromeDriver {
    /// Runs the body with a user whose browser has nothing of the others'.
    func withUser(
        _ name: String, _ words: ChatWords = .chinese, _ body: (ChatUser) async throws -> Void
    ) async throws {
        var options = BrowserOptions()
        options.languages = words.languages
        try await withBrowser(options) { browser in
            try await browser.addScript(ChatUser.recorder)
            try await body(ChatUser(browser: browser, words: words, name: name))
        }
    }
}
