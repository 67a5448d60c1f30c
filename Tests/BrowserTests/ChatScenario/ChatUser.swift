// SPDX-License-Identifier: Apache-2.0

import JSONTree

/// A user with a browser of their own, in front of the chat.
struct ChatUser: Sendable {
    let browser: Browser
    let words: ChatWords
    let name: String

    /// What a test waits for may take so long on a busy machine.
    static let patience = Duration.seconds(30)

    // MARK: Getting there

    /// Opens a room's address, is asked to sign in, does it by mouse and keyboard, and waits until the room is open.
    func enter(_ room: String, at site: String) async throws {
        try await browser.open("\(site)/room/\(room)/")
        try await signIn()
        try await waitForConnection("open")
    }

    /// Fills in the form that is shown.
    func signIn() async throws {
        try await browser.find(.role("textbox", name: words.userName), within: Self.patience).type(name)
        // A password has no role; its label is what names it.
        try await browser.find(.css("input[name=password]")).type("sluice-demo")
        try await browser.find(.role("button", name: words.signIn)).click()
    }

    /// The words beside a field, which are its name where it has no role.
    func label(of field: String) async throws -> String? {
        try await browser.script("return document.querySelector(arguments[0]).labels[0].textContent", [.string(field)])
            .string
    }

    // MARK: Writing

    func box() async throws -> Element {
        try await browser.find(.role("textbox", name: words.message), within: Self.patience)
    }

    func press(_ button: String) async throws {
        try await browser.find(.role("button", name: button), within: Self.patience).click()
    }

    /// Writes and presses Enter; a line break is made with Shift.
    func say(_ text: String) async throws {
        let keys = text.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: Key.shift + Key.enter + Key.release)
        try await box().type(keys + Key.enter)
    }

    // MARK: Reading

    struct Entry: Hashable, Sendable {
        let kind: String
        let id: Int?
        let user: String
        let state: String
        let text: String
    }

    /// The log, messages and notices, in the order of the page.
    func entries() async throws -> [Entry] {
        let values = try await browser.script(
            """
            return [...document.querySelectorAll('[role=log] [data-kind]')].map((entry) => {
              const text = entry.querySelector('[data-part=text]') ?? entry
              return { ...entry.dataset, text: text.textContent }
            })
            """)
        return (values.array ?? []).map { value in
            Entry(
                kind: value["kind"]?.string ?? "", id: value["id"]?.string.flatMap { Int($0) },
                user: value["user"]?.string ?? "", state: value["state"]?.string ?? "",
                text: value["text"]?.string ?? "")
        }
    }

    func messages() async throws -> [Entry] {
        try await entries().filter { $0.kind == "message" }
    }

    func notices() async throws -> [String] {
        try await entries().filter { $0.kind == "notice" }.map(\.text)
    }

    /// Waits until the page shows these many messages, all of them sent.
    func waitForMessages(_ count: Int) async throws {
        try await eventually("\(count) sent messages at \(name)'s", within: Self.patience) {
            let messages = try await messages()
            return messages.count >= count && messages.allSatisfy { $0.state == "sent" }
        }
    }

    /// Waits for one message in a state.
    func waitForMessage(_ text: String, _ state: String) async throws {
        try await eventually("“\(text)” to be \(state) at \(name)'s", within: Self.patience) {
            try await messages().contains { $0.text == text && $0.state == state }
        }
    }

    func connection() async throws -> String? {
        try await browser.find(.css("[data-connection][role=status]")).attribute("data-connection")
    }

    func waitForConnection(_ state: String) async throws {
        try await eventually("\(name)'s connection to be \(state)", within: Self.patience) {
            try await connection() == state
        }
    }

    func alert() async throws -> String {
        try await browser.find(.css("[role=alert]")).text()
    }
}
