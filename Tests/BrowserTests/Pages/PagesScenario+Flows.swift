// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import Testing

extension PagesScenario {
    @Test(
        "Diagrams: one's button changes everybody's picture, said in words; after a restart the picture is whole again")
    func flows() async throws {
        try await ChatScenario.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .chinese) { first in
                try await driver.withUser("user2", .english) { second in
                    for user in [first, second] {
                        try await user.enter(path: "/flows/tree/", at: site)
                        try await user.markPage()
                    }
                    #expect(try await first.nodeName("zip") == "打包: 失败")
                    #expect(try await second.nodeName("zip") == "打包: failed")
                    try await first.reach("button", first.words.tickets.addNode).type(Key.enter)
                    for user in [first, second] {
                        try await user.waitForNode("c4", "pending")
                        try await user.waitForNode("c1", "failed")
                        let changes = try await user.browser.find(.css("[data-part=changes][role=status]")).text()
                        #expect(changes.contains("服务器1: \(user.words.tickets.failed)") && changes.contains("服务器3"))
                        #expect(try await user.linkText("zip", "c1") == "执行中...")
                    }
                    try await second.press(second.words.tickets.reset)
                    try await first.waitForNodeToGo("c4")
                    #expect(try await first.nodeName("c1") == "服务器1: 未开始")

                    // What happens while the line is cut is there when it is back.
                    try await first.press(first.words.tickets.addNode)
                    try await second.waitForNode("c4", "pending")
                    #expect(try await server.end(by: SIGTERM) == 0)
                    for user in [first, second] { try await user.waitForConnection("reconnecting") }
                    try await server.start()
                    for user in [first, second] {
                        try await user.waitForConnection("open")
                        try await user.waitForNode("c4", "pending")
                        #expect(try await user.isMarked(), "the page was loaded again")
                    }
                    try await Self.jumpsNot(first, second)
                }
            }
        }
    }

    /// Where everything of the old nodes stays when a node is added behind them.
    private static func jumpsNot(_ first: ChatUser, _ second: ChatUser) async throws {
        try await first.press(first.words.tickets.reset)
        try await second.waitForNodeToGo("c4")
        let places = try await second.places(of: ["start", "download", "compile", "zip", "c1", "c2"])
        try await first.press(first.words.tickets.addNode)
        try await second.waitForNode("c4", "pending")
        let later = try await second.places(of: ["start", "download", "compile", "zip", "c1", "c2"])
        #expect(places.map { $0["x"] } == later.map { $0["x"] })
    }
}

extension ChatUser {
    /// Waits for a node in a state.
    func waitForNode(_ key: String, _ state: String) async throws {
        try await eventually("\(key) to be \(state) at \(name)'s", within: Self.patience) {
            try await browser.element(css: "[data-key=\(key)]").attribute("data-state") == state
        }
    }

    func waitForNodeToGo(_ key: String) async throws {
        try await eventually("\(key) to go at \(name)'s", within: Self.patience) {
            try await browser.elements(css: "[data-key=\(key)]").isEmpty
        }
    }

    /// What a node is called by who does not see it.
    func nodeName(_ key: String) async throws -> String? {
        try await browser.element(css: "[data-key=\(key)][role=img]").name()
    }

    func linkText(_ from: String, _ to: String) async throws -> String {
        let text = try await browser.script(
            "return document.querySelector(`[data-from=${arguments[0]}][data-to=${arguments[1]}] text`).textContent",
            [.string(from), .string(to)])
        return text.string ?? ""
    }

    func places(of keys: [String]) async throws -> [JSON] {
        let places = try await browser.script(
            "return arguments[0].map((key) => document.querySelector(`[data-key=${key}] .figure`).getBoundingClientRect().toJSON())",
            [.array(keys.map(JSON.string))])
        return places.array ?? []
    }
}
