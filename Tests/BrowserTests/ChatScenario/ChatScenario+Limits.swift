// SPDX-License-Identifier: Apache-2.0

import JSONTree
import Testing

extension ChatScenario {
    /// One more than is allowed in 10 seconds; short, so that they are typed in much less.
    private static let burst = "abcdefghijklmnopqrstu".map(String.init)
    /// Scalars are counted: 𠮷 is one, though JavaScript has two units for it.
    private static let longest = String(repeating: "𠮷", count: 4_000)

    @Test("What comes too fast can be sent again; a text that is too long is not sent and stays")
    func limits() async throws {
        try await Self.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .chinese) { user in
                try await user.enter(Self.room, at: site)
                try await Self.tooFast(user)
                // While the server's window passes.
                try await Self.tooLong(user)
                try await Self.retry(user)

                try await user.box().type(Key.backspace + Key.enter)
                try await user.waitForMessage(Self.longest, "sent")
                #expect(try await user.alert() == "")
                #expect(try await user.box().property("value") == "")
                #expect(try await user.sentTexts().filter { $0 == Self.longest }.count == 1)
                #expect(try await user.browser.consoleErrors() == [])
            }
        }
    }

    private static func tooFast(_ user: ChatUser) async throws {
        try await user.box().type(burst.map { $0 + Key.enter }.joined())
        try await eventually("an answer to each message", within: ChatUser.patience) {
            let messages = try await user.messages()
            return messages.count == burst.count && messages.allSatisfy { $0.state != "pending" }
        }
        let messages = try await user.messages()
        #expect(messages.map(\.text) == burst)
        #expect(messages.map(\.state) == burst.dropLast().map { _ in "sent" } + ["failed"])
        #expect(try await !user.alert().isEmpty)
        #expect(try await user.connection() == "open")
    }

    private static func tooLong(_ user: ChatUser) async throws {
        let box = try await user.box()
        try await box.type(longest + "!")
        #expect(try await user.alert() == "", "an old complaint stands beside a new text")
        try await box.type(Key.enter)
        try await eventually("an alert", within: ChatUser.patience) { try await !user.alert().isEmpty }
        #expect(try await user.alert().contains("4001"))
        #expect(try await box.property("value") == .string(longest + "!"))
        #expect(try await user.sentTexts() == burst)
        #expect(try await user.messages().count == burst.count)
    }

    /// As often as the user is patient; each time with the same `cid`, so that it is stored once.
    private static func retry(_ user: ChatUser) async throws {
        try await eventually("the server to take the last message", within: ChatUser.patience) {
            let state = try await user.messages().last?.state
            if state == "failed" { try await user.press(user.words.retry) }
            return state == "sent"
        }
        #expect(try await user.states(of: burst.last ?? "").suffix(3) == ["failed", "pending", "sent"])
        let messages = try await user.messages()
        #expect(messages.map(\.text) == burst && messages.allSatisfy { $0.state == "sent" })
        let ids = messages.compactMap(\.id)
        #expect(ids.count == burst.count && zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    }
}
