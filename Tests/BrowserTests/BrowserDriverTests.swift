// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import Testing

/// The tests' own client of chromedriver, on a small page: what the tests of the example stand on.
@Suite("WebDriver client", .serialized, .needsBrowser, .timeLimit(.minutes(3)))
struct BrowserDriverTests {
    private static let page = """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Driver</title>
        <link rel="icon" href="data:,"></head>
        <body><h1>聊天</h1><p id="languages">{{accept-language}}</p>
        <form><label>Message <input id="message" maxlength="200"></label>
        <button type="button" aria-label="Send it">➤</button></form>
        <div role="log" aria-label="Messages"></div>
        <script>
        const field = document.querySelector("input"), log = document.querySelector("[role=log]");
        function say() {
            // Later, as a server's answer would be.
            const text = field.value;
            setTimeout(() => { const p = document.createElement("p"); p.textContent = text; log.append(p); }, 100);
            field.value = "";
        }
        document.querySelector("button").addEventListener("click", say);
        document.querySelector("form").addEventListener("submit", event => { event.preventDefault(); say(); });
        </script></body></html>
        """

    @Test("A page is found by role and name, typed into, clicked and read")
    func interaction() async throws {
        try await PageServer.run(page: Self.page) { url in
            try await ChromeDriver.run { driver in
                try await driver.withBrowser { browser in
                    try await browser.open(url)
                    #expect(try await browser.title() == "Driver")
                    #expect(try await browser.url() == url)
                    #expect(try await browser.find(.role("heading", name: "聊天")).text() == "聊天")

                    let field = try await browser.find(.role("textbox", name: "Message"))
                    #expect(try await field.attribute("maxlength") == "200")
                    #expect(try await field.attribute("placeholder") == nil)
                    let text = "你好 😀 𠮷 👩‍👩‍👧 <script>alert(1)</script>"
                    try await field.type(text)
                    #expect(try await field.property("value") == .string(text))
                    try await browser.find(.role("button", name: "Send it")).click()

                    let line = try await browser.find(.css("[role=log] p"))
                    #expect(try await line.text() == text)
                    #expect(try await line.isDisplayed())

                    try await field.type("second" + Key.enter)
                    try await eventually("the second line") {
                        try await browser.elements(css: "[role=log] p").count == 2
                    }
                    try await field.type("gone")
                    try await field.clear()
                    #expect(try await field.property("value") == "")
                    #expect(try await browser.script("return arguments[0].id", [field.reference]) == "message")
                    #expect(
                        try await browser.script("return Promise.resolve([1, null, {a: '值'}])") == [1, nil, ["a": "值"]])
                    #expect(try await browser.consoleErrors() == [])
                }
            }
        }
    }

    @Test("Two browsers are two users; window, language and colours are as asked")
    func options() async throws {
        try await PageServer.run(page: Self.page) { url in
            try await ChromeDriver.run { driver in
                var options = BrowserOptions()
                options.width = 500
                options.height = 700
                options.isDark = true
                options.languages = ["zh-CN", "zh"]
                try await driver.withBrowser(options) { [url] first in
                    try await driver.withBrowser { second in
                        try await first.open(url)
                        try await second.open(url)
                        try await first.script("localStorage.setItem('user', 'wang')")
                        #expect(try await second.script("return localStorage.getItem('user')") == nil)

                        let dark = "return matchMedia('(prefers-color-scheme: dark)').matches"
                        #expect(try await first.script(dark) == true)
                        #expect(try await second.script(dark) == false)
                        try await first.reload()
                        #expect(try await first.script(dark) == true)
                        #expect(try await first.script("return [outerWidth, outerHeight]") == [500, 700])
                        #expect(try await first.script("return navigator.languages") == ["zh-CN", "zh"])
                        #expect(try await first.find(.css("#languages")).text().hasPrefix("zh-CN,zh"))
                        #expect(try await second.find(.css("#languages")).text().hasPrefix("en-US,en"))
                    }
                }
            }
        }
    }

    @Test("Errors of the page and of the driver are seen")
    func errors() async throws {
        try await ChromeDriver.run { driver in
            try await driver.withBrowser { browser in
                try await browser.open("data:text/html,<script>console.error('boom'); console.log('fine')</script>")
                let errors = try await browser.consoleErrors()
                #expect(errors.count == 1)
                #expect(errors.first?.message.contains("boom") == true)
                #expect(try await browser.consoleLog() == [])

                await #expect(throws: TimedOut.self) {
                    try await browser.find(.role("button", name: "None"), within: .milliseconds(200))
                }
                let refused = await #expect(throws: WebDriverError.self) { try await browser.element(css: "#none") }
                #expect(refused?.code == "no such element")
            }
        }
    }

    @Test("A screenshot is a PNG file of the page")
    func screenshot() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)/page.png")
        defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
        try await ChromeDriver.run { driver in
            try await driver.withBrowser { browser in
                try await browser.open("data:text/html;charset=utf-8,<h1>聊天 😀</h1>")
                try await browser.screenshot(to: file)
            }
        }
        #expect(try Data(contentsOf: file).starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }

    @Test(
        "A certificate that nobody has signed is taken when asked for, and refused otherwise", .needsPrograms("openssl")
    )
    func insecureCertificate() async throws {
        try await TLSPageServer.run { url in
            try await ChromeDriver.run { driver in
                try await driver.withBrowser { browser in
                    try await browser.open(url)
                    #expect(try await browser.script("return isSecureContext") == true)
                    #expect(try await browser.find(.css("pre")).text().contains("s_server"))
                }
                try await driver.withBrowser(BrowserOptions(acceptsInsecureCertificates: false)) { browser in
                    // The driver reports nothing; the browser shows its own warning instead of the page.
                    _ = try? await browser.open(url)
                    let shown = try await browser.script("return location.protocol")
                    #expect(shown == "chrome-error:")
                }
            }
        }
    }

    @Test("No browser keeps running when a body throws")
    func cleanUp() async throws {
        struct Planned: Error {
            let browser: Int32?
        }
        let planned = await #expect(throws: Planned.self) {
            try await ChromeDriver.run { driver in
                try await driver.withBrowser { throw Planned(browser: $0.processID) }
            }
        }
        let browser = try #require(planned?.browser)
        try await eventually("the end of the browser") { !ChildProcess.isRunning(browser) }
    }
}
