// SPDX-License-Identifier: Apache-2.0

import JSONTree

/// What a page has done behind its looks: sockets, frames, and the states through which messages went.
///
/// It lives in the page: that it is still there says that the page was not loaded again.
extension ChatUser {
    static let recorder = """
        window.recorded = { sockets: [], sent: [], states: [] };
        window.WebSocket = class extends WebSocket {
          constructor(...parameters) { super(...parameters); recorded.sockets.push(this.url); }
          send(data) { if (data.startsWith('{')) recorded.sent.push(JSON.parse(data)); super.send(data); }
        };
        new MutationObserver((records) => {
          for (const { type, target, addedNodes } of records) {
            for (const node of type === 'attributes' ? [target] : addedNodes) {
              const text = node.dataset?.kind === 'message' && node.querySelector('[data-part=text]')?.textContent;
              if (text) recorded.states.push({ text, state: node.dataset.state });
            }
          }
        }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
        """

    /// The URLs of the sockets that the page has opened since it was loaded.
    func sockets() async throws -> [String] {
        try await browser.script("return recorded.sockets").array?.compactMap(\.string) ?? []
    }

    /// The texts that the page has sent as messages, each as often as it was sent.
    func sentTexts() async throws -> [String] {
        let frames = try await browser.script("return recorded.sent.filter((frame) => frame.type === 'send')")
        return frames.array?.compactMap { $0["text"]?.string } ?? []
    }

    /// The states that a message had while it was shown, one after the other.
    func states(of text: String) async throws -> [String] {
        let states = try await browser.script(
            """
            return recorded.states.filter((one) => one.text === arguments[0]).map((one) => one.state)
              .filter((state, index, all) => state !== all[index - 1])
            """, [.string(text)])
        return states.array?.compactMap(\.string) ?? []
    }

    /// Marks the page; the mark is gone when it is loaded again.
    func markPage() async throws {
        try await browser.script("recorded.isMarked = true")
    }

    func isMarked() async throws -> Bool {
        try await browser.script("return recorded.isMarked === true") == true
    }
}
