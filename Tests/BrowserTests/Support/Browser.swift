// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import NIOHTTP1

/// One headless browser with one page: a user, as the site sees it.
struct Browser: Sendable {
    let driver: ChromeDriver
    let session: String
    /// The browser's process, nil when the driver does not say.
    let processID: Int32?

    private var path: String { "/session/\(session)" }

    // MARK: Pages

    /// Loads a page and waits for its `load` event.
    func open(_ url: String) async throws {
        try await driver.command(.POST, path + "/url", ["url": .string(url)])
    }

    func reload() async throws {
        try await driver.command(.POST, path + "/refresh", [:])
    }

    /// As the browser's own button.
    func back() async throws {
        try await driver.command(.POST, path + "/back", [:])
    }

    func url() async throws -> String {
        try await driver.command(.GET, path + "/url").string ?? ""
    }

    func title() async throws -> String {
        try await driver.command(.GET, path + "/title").string ?? ""
    }

    /// Runs the body of a function in the page: `arguments[0]`, `return`. A promise that it returns is awaited.
    @discardableResult
    func script(_ body: String, _ arguments: [JSON] = []) async throws -> JSON {
        try await driver.command(
            .POST, path + "/execute/sync", ["script": .string(body), "args": .array(arguments)])
    }

    // MARK: Elements

    /// The first element of a CSS selector, without waiting.
    ///
    /// - Throws: ``WebDriverError`` with `no such element`.
    func element(css: String) async throws -> Element {
        let value = try await driver.command(
            .POST, path + "/element", ["using": "css selector", "value": .string(css)])
        return try Element(browser: self, value)
    }

    /// The element that has the focus; the body when none has.
    func activeElement() async throws -> Element {
        try Element(browser: self, try await driver.command(.GET, path + "/element/active"))
    }

    /// All elements of a CSS selector, in document order.
    func elements(css: String) async throws -> [Element] {
        let value = try await driver.command(
            .POST, path + "/elements", ["using": "css selector", "value": .string(css)])
        return try (value.array ?? []).map { try Element(browser: self, $0) }
    }

    /// A command about an element.
    @discardableResult
    func command(on element: Element, _ command: ElementCommand) async throws -> JSON {
        try await driver.command(command.method, "\(path)/element/\(element.id)/\(command.path)", command.parameters)
    }

    // MARK: What it looks like

    /// Saves the visible part of the page as PNG; makes the folders on the way.
    func screenshot(to file: URL) async throws {
        let value = try await driver.command(.GET, path + "/screenshot")
        guard let data = Data(base64Encoded: value.string ?? "") else { throw CocoaError(.fileReadCorruptFile) }
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    /// Whether pages see `prefers-color-scheme: dark`, from now on.
    func setDark(_ isDark: Bool) async throws {
        let scheme: JSON = ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]
        try await devTools("Emulation.setEmulatedMedia", ["features": [scheme]])
    }

    /// Pages see `prefers-reduced-motion`, from now on; it takes the place of other preferences.
    func setReducedMotion() async throws {
        let motion: JSON = ["name": "prefers-reduced-motion", "value": "reduce"]
        try await devTools("Emulation.setEmulatedMedia", ["features": [motion]])
    }

    /// The inner size of the window, which may be smaller than any window's.
    func setViewport(width: Int, height: Int) async throws {
        try await devTools(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .int(width), "height": .int(height), "deviceScaleFactor": 1,
                "mobile": false,
            ])
    }

    /// Runs a script in each page from now on, before the page's own.
    func addScript(_ source: String) async throws {
        try await devTools("Page.addScriptToEvaluateOnNewDocument", ["source": .string(source)])
    }

    /// A command of Chrome's own protocol, for what WebDriver does not have.
    @discardableResult
    func devTools(_ command: String, _ parameters: JSON = [:]) async throws -> JSON {
        try await driver.command(.POST, path + "/goog/cdp/execute", ["cmd": .string(command), "params": parameters])
    }

    // MARK: What it said

    struct LogEntry: Sendable, Hashable {
        /// `INFO`, `WARNING` or `SEVERE`.
        let level: String
        let message: String
    }

    /// The lines of the console since the last call: of scripts, and of the browser about refused loads and scripts.
    func consoleLog() async throws -> [LogEntry] {
        let value = try await driver.command(.POST, path + "/se/log", ["type": "browser"])
        return (value.array ?? []).map {
            LogEntry(level: $0["level"]?.string ?? "", message: $0["message"]?.string ?? "")
        }
    }

    /// The errors among them; empty on a page that is well.
    func consoleErrors() async throws -> [LogEntry] {
        try await consoleLog().filter { $0.level == "SEVERE" }
    }
}
