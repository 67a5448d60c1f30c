// SPDX-License-Identifier: Apache-2.0

import JSONTree
import Testing

extension ChatScenario {
    @Test("By keyboard alone: sign in, talk, be closed by 关闭, come back, close and come back")
    func keyboard() async throws {
        try await Self.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .chinese) { user in
                let words = user.words
                try await user.browser.open("\(site)/room/\(Self.room)/")
                try await user.reach("textbox", words.userName).type("user1" + Key.tab)
                try await user.browser.activeElement().type("sluice-demo" + Key.tab)
                try await user.reach("button", words.signIn).type(Key.enter)
                try await user.waitForConnection("open")
                try await user.reach("textbox", words.message).type("键盘" + Key.enter)
                try await user.waitForMessage("键盘", "sent")

                // The server closes.
                try await user.reach("textbox", words.message).type("关闭" + Key.enter)
                try await user.waitForConnection("closed")
                try await Self.checkClosed(user, sockets: 1)
                try await user.reach("button", words.reconnect).type(Key.enter)
                try await user.waitForConnection("open")

                // The user closes; the focus goes to the button that takes its place.
                try await user.reach("button", words.disconnect).type(Key.enter)
                try await user.waitForConnection("closed")
                try await Self.checkClosed(user, sockets: 2)
                #expect(try await user.browser.activeElement().name() == words.reconnect)
                try await user.browser.activeElement().type(" ")
                try await user.waitForConnection("open")
                #expect(try await user.sockets().count == 3)

                try await user.reach("textbox", words.message).type("回来" + Key.tab)
                try await user.reach("button", words.send).type(" ")
                try await user.waitForMessage("回来", "sent")
                #expect(try await user.messages().map(\.text) == ["键盘", "回来"])
                #expect(try await user.browser.consoleErrors() == [])
            }
        }
    }

    private static func checkClosed(_ user: ChatUser, sockets: Int) async throws {
        let words = user.words
        #expect(try await user.notices().suffix(2) == [words.connected, words.disconnected])
        #expect(try await user.browser.find(.role("button", name: words.reconnect)).isDisplayed())
        await #expect(throws: TimedOut.self) {
            try await user.browser.find(.role("button", name: words.disconnect), within: .zero)
        }
        // What makes a lost connection try at once must not wake one that was closed.
        try await user.browser.script("dispatchEvent(new Event('online'))")
        #expect(try await user.connection() == "closed")
        #expect(try await user.sockets().count == sockets)
    }
}
