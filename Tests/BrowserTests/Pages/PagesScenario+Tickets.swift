// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import Testing

extension PagesScenario {
    private static let title = "发布 <img src=x> 🎉"

    @Test(
        "A release from the form to the end: decided live by several people, by keyboard alone; deployed with a failure and a retry"
    )
    func release() async throws {
        try await ChatScenario.run { server, driver in
            let site = await server.url
            try await driver.withUser("user6", .chinese) { applicant in
                try await driver.withUser("user1", .english) { lead in
                    try await lead.enter(path: "/tickets/", at: site)
                    let id = try await applicant.submit(Self.title, at: site)
                    try await eventually("the ticket among those that wait", within: ChatUser.patience) {
                        try await lead.waiting().contains(id)
                    }
                    try await lead.reach("link", Self.title).type(Key.enter)
                    try await lead.waitForConnection("open")
                    #expect(try await lead.browser.element(css: "h1").text() == Self.title)
                    try await Self.decide(applicant, lead)
                    for (user, node) in [("user3", "sec"), ("user4", "dba")] {
                        try await driver.withUser(user, .english) { user in
                            try await user.enter(path: "/tickets/\(id)/", at: site)
                            try await user.reach("button", user.words.tickets.approve).type(Key.enter)
                            try await applicant.waitForNode(node, "passed")
                        }
                    }
                    try await applicant.waitForTicket("approved")
                    try await driver.withUser("user5", .chinese) { operations in
                        try await operations.enter(path: "/tickets/\(id)/", at: site)
                        try await operations.reach("link", operations.words.tickets.deployment).type(Key.enter)
                        try await operations.waitForConnection("open")
                        try await Self.deploy(operations, watchedBy: lead, at: site)
                    }
                    try await applicant.waitForTicket("done")
                    #expect(
                        try await applicant.actions() == ["created", "approved", "commented", "approved", "approved"])
                    for user in [applicant, lead] { #expect(try await user.browser.consoleErrors() == []) }
                    #expect(try await applicant.isMarked(), "the ticket's page was loaded again")
                }
            }
        }
    }

    private static func decide(_ applicant: ChatUser, _ lead: ChatUser) async throws {
        let words = lead.words.tickets
        // A reason is asked for; nothing is sent.
        try await lead.reach("button", words.reject).type(Key.enter)
        try await eventually("an alert", within: ChatUser.patience) { try await lead.alert() != "" }
        try await lead.browser.find(.role("textbox", name: words.comment)).type("好 <b>")
        try await lead.reach("button", words.approve).type(Key.enter)
        try await lead.waitForNode("lead", "passed")
        try await eventually("the buttons to go", within: ChatUser.patience) {
            !(try await lead.browser.element(css: "[data-part=decide]").isDisplayed())
        }
        // The focus was on a button that went.
        let focused = try await lead.browser.activeElement().attribute("data-ticket-state")
        #expect(focused == "open")
        try await applicant.waitForNode("sec", "waiting")
        try await applicant.browser.find(.role("textbox", name: applicant.words.tickets.addComment)).type("谢谢")
        try await applicant.press(applicant.words.tickets.post)
        try await eventually("the comment at the lead's", within: ChatUser.patience) {
            try await lead.actions() == ["created", "approved", "commented"]
        }
        let texts = try await lead.browser.script(
            "return [...document.querySelectorAll('[data-action] [data-part=text]')].map((text) => text.textContent)")
        #expect(texts == ["", "好 <b>", "谢谢"])
    }

    private static func deploy(_ operations: ChatUser, watchedBy viewer: ChatUser, at site: String) async throws {
        let words = operations.words.tickets
        try await viewer.browser.open(try await operations.browser.url())
        try await viewer.waitForConnection("open")
        #expect(try await viewer.browser.elements(css: "main form").isEmpty, "only operations have buttons")
        try await operations.reach("combobox", words.simulateFailure).type(String(repeating: Key.down, count: 6))
        try await operations.reach("button", words.start).type(Key.enter)
        for user in [operations, viewer] {
            try await user.waitForNode("c2", "failed")
            try await user.waitForNode("c21", "skipped")
            try await user.waitForNode("c31", "passed")
            try await user.waitForDeployment("failed")
            #expect(try await user.linkText("zip", "c2") == "失败")
        }
        try await operations.press(operations.words.retry)
        for user in [operations, viewer] { try await user.waitForDeployment("succeeded") }
        try await audit(nil, at: site, of: viewer)
        #expect(try await operations.browser.consoleErrors() == [])
    }

    @Test("Eight decisions at once: one wins, the others say that it is decided already")
    func simultaneousDecisions() async throws {
        try await ChatScenario.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", .chinese) { first in
                try await driver.withUser("user2", .english) { second in
                    try await driver.withUser("user6", .chinese) { applicant in
                        let id = try await applicant.submit(Self.title, at: site)
                        for user in [first, second] { try await user.enter(path: "/tickets/\(id)/", at: site) }
                        // Six decisions behind the pages, and their two buttons, which do not know of them yet.
                        async let one = first.sendDecisions(3, on: id)
                        async let other = second.sendDecisions(3, on: id)
                        var statuses = try await one + other
                        for user in [first, second] { try await user.waitForNode("lead", "passed") }
                        statuses += try await second.sendDecisions(2, on: id)
                        #expect(statuses.filter { $0 == 200 }.count == 1)
                        #expect(statuses.filter { $0 == 409 }.count == 7, "\(statuses)")
                        #expect(try await applicant.actions() == ["created", "approved"])
                    }
                }
            }
        }
    }

    @Test("Who decides on what is decided already is told so; a rejected ticket comes back as a new round")
    func conflict() async throws {
        try await ChatScenario.run { server, driver in
            let site = await server.url
            try await driver.withUser("user6", .chinese) { applicant in
                let id = try await applicant.submit(Self.title, at: site)
                try await driver.withUser("user2", .english) { lead in
                    try await lead.enter(path: "/tickets/\(id)/", at: site)
                    try await Self.audit(nil, at: site, of: lead)
                    // The page has not heard of the latest version.
                    try await lead.browser.script("document.querySelector('[name=version]').value = 0")
                    try await lead.press(lead.words.tickets.approve)
                    try await eventually("an alert", within: ChatUser.patience) {
                        try await lead.alert().contains(lead.words.tickets.alreadyDecided)
                    }
                    try await lead.browser.find(.role("textbox", name: lead.words.tickets.comment)).type("不行")
                    try await lead.browser.script("document.querySelector('[name=version]').value = 1")
                    try await lead.press(lead.words.tickets.reject)
                    try await lead.waitForTicket("rejected")
                    try await applicant.waitForTicket("rejected")
                    try await applicant.reach("button", applicant.words.tickets.resubmit).type(Key.enter)
                    try await lead.waitForTicket("open")
                    try await applicant.press(applicant.words.tickets.withdraw)
                    try await lead.waitForTicket("withdrawn")
                    #expect(try await lead.actions() == ["created", "rejected", "resubmitted", "withdrawn"])
                }
            }
        }
    }
}

extension ChatUser {
    /// Fills the form for a release; the ticket's page is marked.
    fileprivate func submit(_ title: String, at site: String) async throws -> Int {
        try await browser.open(site + "/tickets/new/")
        try await signIn()
        let words = words.tickets
        try await browser.find(.role("textbox", name: words.title), within: Self.patience).type(title)
        _ = try await browser.find(.role("combobox", name: words.kind))
        try await browser.find(.role("textbox", name: words.text)).type("第一行")
        try await press(words.submit)
        try await waitForConnection("open")
        try await markPage()
        return try #require(Int(try await browser.url().split(separator: "/").last ?? ""))
    }

    /// The tickets in the list of those that wait for the user.
    fileprivate func waiting() async throws -> [Int] {
        let list = try await browser.find(.role("list", name: words.tickets.waitingForMe))
        let ids = try await browser.script(
            "return [...arguments[0].querySelectorAll('[data-ticket]')].map((item) => Number(item.dataset.ticket))",
            [list.reference])
        return (ids.array ?? []).compactMap(\.number).map { Int($0) }
    }

    fileprivate func waitForTicket(_ state: String) async throws {
        try await eventually("the ticket to be \(state) at \(name)'s", within: Self.patience) {
            try await browser.element(css: "[data-ticket-state]").attribute("data-ticket-state") == state
        }
    }

    fileprivate func waitForDeployment(_ state: String) async throws {
        try await eventually("the deployment to be \(state) at \(name)'s", within: Self.patience) {
            try await browser.element(css: "[data-deploy-state]").attribute("data-deploy-state") == state
        }
    }

    fileprivate func actions() async throws -> [String] {
        let actions = try await browser.script(
            "return [...document.querySelectorAll('[data-action]')].map((entry) => entry.dataset.action)")
        return (actions.array ?? []).compactMap(\.string)
    }

    /// Sends decisions about the first step as scripts do, all at once.
    fileprivate func sendDecisions(_ count: Int, on id: Int) async throws -> [Int] {
        let statuses = try await browser.script(
            """
            const body = JSON.stringify({ decision: 'approve', node: 'lead', comment: '', version: 1 })
            const headers = {
              Accept: 'application/json', 'Content-Type': 'application/json',
              'X-CSRF-Token': document.querySelector('meta[name=csrf-token]').content,
            }
            return Promise.all(Array.from({ length: arguments[0] }, () =>
              fetch(`/tickets/${arguments[1]}/decision/`, { method: 'POST', headers, body }).then(({ status }) => status)))
            """, [.int(count), .int(id)])
        return (statuses.array ?? []).compactMap(\.number).map { Int($0) }
    }
}
