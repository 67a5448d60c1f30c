// SPDX-License-Identifier: Apache-2.0

import Testing

extension ChatScenario {
    @Test("A text that is too long is not sent and stays; what comes too fast can be sent again")
    func limits() async throws {
        try await Self.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .chinese) { user in
                try await user.enter(Self.room, at: site)
                try await Self.tooLong(user)
                try await Self.tooFast(user)
            }
        }
    }

    /// Scalars are counted: 𠮷 is one, though JavaScript has two units for it.
    private static func tooLong(_ user: ChatUser) async throws {
        let box = try await user.box()
        let longest = String(repeating: "𠮷", count: 4_000)
        try await box.type(longest + "!")
        try await box.type(Key.enter)
        try await eventually("an alert", within: ChatUser.patience) { try await !user.alert().isEmpty }
        #expect(try await user.alert().contains("4001"))
        #expect(try await box.property("value") == .string(longest + "!"))
        #expect(try await user.sentTexts() == [])
        #expect(try await user.messages() == [])

        try await box.type(Key.backspace + Key.enter)
        try await user.waitForMessage(longest, "sent")
        #expect(try await user.alert() == "")
        #expect(try await box.property("value") == "")
    }

    /// 20 messages in 10 seconds; the long one was the first, unless typing took longer.
    private static func tooFast(_ user: ChatUser) async throws {
        let before = try await user.messages().count
        let texts = (1...21).map { "第\($0)条" }
        try await user.box().type(texts.map { $0 + Key.enter }.joined())
        try await user.waitForMessage(texts[20], "failed")
        #expect(try await !user.alert().isEmpty)
        let messages = try await user.messages()
        #expect(messages.count == before + texts.count)
        #expect(messages.filter { $0.state == "sent" }.count <= before + 20)
        #expect(try await user.connection() == "open")

        let failed = messages.filter { $0.state == "failed" }.count
        for left in (0..<failed).reversed() {
            try await eventually("a message to go out at last", within: ChatUser.patience) {
                if let button = try? await user.browser.find(.role("button", name: user.words.retry), within: .zero) {
                    try await button.click()
                }
                return try await user.messages().filter { $0.state == "sent" }.count >= before + texts.count - left
            }
        }
        // A retried message takes its place by the id that it has got.
        let sent = try await user.messages()
        #expect(Set(sent.map(\.text)).isSuperset(of: texts) && sent.count == before + texts.count)
        #expect(zip(sent, sent.dropFirst()).allSatisfy { ($0.id ?? 0) < ($1.id ?? 0) })
        #expect(try await user.browser.consoleErrors() == [])
    }
}
