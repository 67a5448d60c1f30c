// SPDX-License-Identifier: Apache-2.0

import JSONTree
import Testing

/// Every page of the example but the room's own in the hands of people: see ``ChatScenario`` for that.
@Suite("The pages in browsers", .serialized, .needsBrowser, .timeLimit(.minutes(3)))
struct PagesScenario {
    /// Every page, the signed-in ones last, and the live ones marked.
    private static let pages: [(path: String, isLive: Bool)] = [
        ("/", false), ("/login/", false), ("/lesson/echo/", true), ("/lesson/list/", true),
        ("/home/", true), ("/home/long/", true), ("/room/", true), ("/room/聊天/", true), ("/charts/", true),
        ("/flows/tree/", true), ("/flows/dag/", true), ("/flows/shapes/", true), ("/flows/servers/", true),
        ("/tickets/", true), ("/tickets/new/", false),
    ]
    /// What pages must bear in narrow columns.
    private static let hostileTexts = [
        String(repeating: "long", count: 60), "https://example.org/" + String(repeating: "a", count: 200),
        "مرحبا بالعالم <b>", "第一行\n第二行",
    ]

    @Test("Each page in both languages, light and dark, wide and at 360 px", arguments: [ChatWords.chinese, .english])
    func looks(words: ChatWords) async throws {
        try await ChatScenario.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", words) { user in
                for page in ["/", "/login/"] { try await Self.audit(page, at: site, of: user) }
                _ = try await user.browser.find(.role("textbox", name: words.userName))
                #expect(try await user.label(of: "input[name=password]") == words.password)
                try await user.enter("聊天", at: site)
                for text in Self.hostileTexts { try await user.say(text) }
                try await user.waitForMessages(Self.hostileTexts.count)
                let links = try await user.browser.script(
                    "return [...document.querySelectorAll('[role=log] a')].map(({ href, rel }) => [href, rel])")
                #expect(links == [[.string(Self.hostileTexts[1]), "noopener noreferrer"]])
                for (page, isLive) in Self.pages where page != "/login/" {
                    try await user.browser.open(site + page)
                    if isLive { try await user.waitForConnection("open") }
                    try await Self.audit(nil, at: site, of: user)
                    try await Self.checkFrame(of: user, page)
                }
                #expect(try await user.browser.consoleErrors() == [])
                try await Self.checkRoom(of: user, at: site)
                // A page that there is not has the frame too; the browser itself calls it an error.
                try await Self.audit("/nothing/", at: site, of: user)
            }
        }
    }

    /// Looks at a page in all its looks.
    static func audit(_ page: String?, at site: String, of user: ChatUser) async throws {
        if let page { try await user.browser.open(site + page) }
        let shown = try await user.browser.url()
        for isDark in [false, true] {
            try await user.browser.setDark(isDark)
            for width in [1_280, 360] {
                try await user.browser.setViewport(width: width, height: 800)
                let problems = try await user.problems(isDark: isDark)
                #expect(problems == [], "\(shown), \(width) px, \(isDark ? "dark" : "light")")
            }
        }
    }

    /// What a room's page must have, by the names that people find things by.
    private static func checkRoom(of user: ChatUser, at site: String) async throws {
        let (browser, words) = (user.browser, user.words)
        try await browser.open(site + "/room/")
        for (role, name) in [("list", words.rooms), ("textbox", words.room), ("button", words.enter)] {
            _ = try await browser.find(.role(role, name: name))
        }
        try await browser.open(site + "/room/聊天/")
        try await user.waitForConnection("open")
        let named = [
            ("log", words.messages), ("textbox", words.message), ("button", words.send), ("list", words.online),
        ]
        for (role, name) in named { _ = try await browser.find(.role(role, name: name)) }
        let parts = try await browser.script(
            """
            return [...document.querySelectorAll('[data-kind=message]')].every((entry) =>
              entry.querySelector('[data-part=user]').textContent === entry.dataset.user
                && entry.querySelector('time[datetime]').dateTime.endsWith('Z') && Number(entry.dataset.id) > 0)
            """)
        #expect(parts == true)
        try await browser.setReducedMotion()
        let longest = try await browser.script(
            """
            return Math.max(...[...document.querySelectorAll('*')].flatMap((one) => ['', '::before', '::after'].flatMap((part) => {
              const { animationDuration, transitionDuration } = getComputedStyle(one, part)
              return [animationDuration, transitionDuration].map(parseFloat)
            })))
            """)
        #expect((longest.number ?? 1) <= 0.001, "seconds of motion")
    }

    private static func checkFrame(of user: ChatUser, _ page: String) async throws {
        let browser = user.browser
        #expect(try await browser.find(.css(".tools .user")).text() == user.name, "\(page)")
        _ = try await browser.find(.role("button", name: user.words.signOut))
        let policy =
            try await browser.script(
                "return fetch(location.href).then((page) => page.headers.get('content-security-policy'))"
            ).string ?? ""
        #expect(policy.contains("default-src") && !policy.contains("unsafe-") && !policy.contains("http"), "\(page)")
    }
}
