// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension ChatScenario {
    @Test(
        "A server that is stopped or killed and started again: the pages come back, nothing is lost or said twice",
        arguments: [(SIGTERM, Int32(0)), (SIGKILL, Int32(137))])
    func restart(signal: Int32, status: Int32) async throws {
        try await Self.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .chinese) { first in
                try await driver.withUser("user2", .english) { second in
                    for user in [first, second] {
                        try await user.enter(Self.room, at: site)
                        try await user.markPage()
                    }
                    try await first.say("之前")
                    try await second.waitForMessages(1)
                    // Answered and at once the end: what is `sent` is kept.
                    try await second.say("just before")
                    try await second.waitForMessage("just before", "sent")
                    #expect(try await server.end(by: signal) == status)

                    for user in [first, second] { try await user.waitForConnection("reconnecting") }
                    try await first.say("断线时")
                    try await first.waitForMessage("断线时", "pending")
                    #expect(try await !first.sentTexts().contains("断线时"))
                    try await server.start()

                    for user in [first, second] { try await user.waitForConnection("open") }
                    try await second.waitForMessage("断线时", "sent")
                    try await second.say("after")
                    try await Self.checkHistory(of: [first, second], driver, at: site)
                    for user in [first, second] {
                        #expect(try await user.isMarked(), "the page was loaded again")
                        let words = user.words
                        #expect(try await user.notices() == [words.connected, words.disconnected, words.connected])
                    }
                    #expect(try await first.states(of: "断线时") == ["pending", "sent"])
                    #expect(try await first.sentTexts().filter { $0 == "断线时" }.count == 1)
                }
            }
        }
    }

    /// All see the same, also who comes later.
    private static func checkHistory(of users: [ChatUser], _ driver: ChromeDriver, at site: String) async throws {
        let expected = ["之前", "just before", "断线时", "after"]
        for user in users { try await user.waitForMessages(expected.count) }
        let messages = try await users[0].messages()
        #expect(messages.map(\.text) == expected)
        let ids = messages.compactMap(\.id)
        #expect(ids.count == expected.count && zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        try await driver.withUser("user3") { third in
            try await third.enter(room, at: site)
            try await third.waitForMessages(expected.count)
            for user in users + [third] { #expect(try await user.messages() == messages) }
        }
    }
}
