// SPDX-License-Identifier: Apache-2.0

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

    @Test("360 pixels wide nothing is scrolled sideways; colours follow the system")
    func narrowAndDark() async throws {
        try await Self.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .english) { user in
                try await user.browser.setViewport(width: 360, height: 740)
                for page in ["/", "/login/"] {
                    try await user.browser.open(site + page)
                    try await user.checkWidth(page)
                }
                try await user.enter(Self.room, at: site)
                try await user.say(String(repeating: "long", count: 60))
                try await user.say("https://example.org/" + String(repeating: "a", count: 200))
                try await user.waitForMessages(2)
                try await user.checkWidth("the room")
                for isDark in [true, false] {
                    try await user.browser.setDark(isDark)
                    let colours = try await user.lightness()
                    #expect(isDark ? colours.ground < 0.25 : colours.ground > 0.75)
                    #expect(isDark ? colours.text > 0.6 : colours.text < 0.4)
                }
                #expect(try await user.browser.consoleErrors() == [])
            }
        }
    }
}

extension ChatUser {
    fileprivate func checkLanguage(_ words: ChatWords) async throws {
        _ = try await browser.find(.role("heading", name: words.signIn), within: Self.patience)
        #expect(try await browser.script("return document.documentElement.lang") == .string(words.tag))
    }

    fileprivate func checkWidth(_ page: String) async throws {
        let widths = try await browser.script(
            """
            scrollTo(1000, 0)
            const root = document.documentElement
            return [innerWidth, root.scrollWidth <= root.clientWidth ? 0 : root.scrollWidth, scrollX]
            """)
        #expect(widths == [360, 0, 0], "\(page)")
    }

    /// Of a message and of the ground on which it is painted, 0 to 1.
    fileprivate func lightness() async throws -> (ground: Double, text: Double) {
        let values =
            try await browser.script(
                """
                const pixel = (colour) => {
                  const canvas = new OffscreenCanvas(1, 1).getContext('2d')
                  canvas.fillStyle = colour
                  canvas.fillRect(0, 0, 1, 1)
                  return canvas.getImageData(0, 0, 1, 1).data
                }
                const lightness = ([red, green, blue]) => (0.299 * red + 0.587 * green + 0.114 * blue) / 255
                const text = document.querySelector('[data-part=text]')
                let painted = text
                while (painted && pixel(getComputedStyle(painted).backgroundColor)[3] < 255) painted = painted.parentElement
                return [painted, text].map((element, index) => {
                  return lightness(pixel(getComputedStyle(element)[['backgroundColor', 'color'][index]]))
                })
                """
            ).array?.compactMap(\.number) ?? []
        return (try #require(values.first), try #require(values.last))
    }
}
