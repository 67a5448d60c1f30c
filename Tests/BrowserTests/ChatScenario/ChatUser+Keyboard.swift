// SPDX-License-Identifier: Apache-2.0

extension ChatUser {
    /// Goes to an element with the Tab key, as one without a mouse does.
    func reach(_ role: String, _ name: String) async throws -> Element {
        var passed: [String] = []
        // More steps than any of the pages has elements.
        while passed.count < 40 {
            let active = try await browser.activeElement()
            let (activeRole, activeName) = try await (active.role(), active.name())
            if activeRole == role, activeName == name { return active }
            passed.append(activeName)
            try await active.type(Key.tab)
        }
        throw WebDriverError(code: "not reached", message: "\(role) “\(name)”; passed: \(passed)", command: "Tab")
    }
}
