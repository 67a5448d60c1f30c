// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("The course's diagrams", .timeLimit(.minutes(1)))
struct FlowTests {
    @Test("each page has its diagram before any script runs", arguments: FlowExample.allCases)
    func page(example: FlowExample) async throws {
        let browser = Browser(try await TestSite())
        #expect(try await browser.get("/flows/\(example)/").status == .seeOther, "sign-in first")
        try await browser.signIn("user1")
        let page = try await browser.get("/flows/\(example)/").text
        #expect(page.contains(#"<div class="diagram" data-diagram role="group" aria-label="#))
        for node in example.diagram().nodes {
            #expect(
                page.contains(
                    #"data-key="\#(node.key)" data-state="\#(node.state)" data-figure="\#(node.figure.rawValue)""#))
        }
        #expect(page.contains("添加节点</button>") == example.canGrow)
        #expect(!page.contains("style=") && page.matches(of: #/<h1/#).count == 1)
    }

    @Test("the tree as it is shown first")
    func tree() {
        let tree = FlowExample.tree.diagram()
        let states = Dictionary(uniqueKeysWithValues: tree.nodes.map { ($0.key, $0.state) })
        #expect(["start", "download", "compile"].allSatisfy { states[$0] == .passed } && states["zip"] == .failed)
        #expect(tree["start", "download"]?.text == "执行中...")
        #expect(tree.nodes.map(\.text) == ["开始", "下载代码", "本地编译", "打包"] + (1...3).flatMap { ["服务器\($0)", "服务重启"] })
        #expect(Set(FlowExample.shapes.diagram().nodes.map(\.figure)) == Set(Diagram.Figure.allCases))
        #expect(FlowExample.servers.diagram().nodes.map(\.text).suffix(5) == (1...5).map { "服务器\($0)" })
    }

    @Test("a button changes the diagram for all viewers: a patch with the next rev; a reset sends it whole")
    func buttons() async throws {
        let site = try await TestSite()
        let client = try await PollingClient(site, user: "user2")
        let (one, welcome) = try await site.join("/ws/flows/tree/")
        #expect(welcome.type == "welcome" && welcome.user == "user1" && welcome.heartbeat == 25)
        let (other, _) = try await site.join("/ws/flows/tree/", user: "user3")
        var first: DiagramTestFrame?
        for socket in [one, other] {
            let diagram = try await socket.diagramFrame("diagram")
            #expect(diagram.rev == 1 && diagram.model == "tree" && diagram.nodes?.count == 10)
            first = diagram
        }
        #expect(try await client.request(.post, "/flows/tree/", #"{"action":"add"}"#).status == .ok)
        for socket in [one, other] {
            let patch = try await socket.diagramFrame("patch")
            #expect(patch.rev == 2)
            let new = try #require(patch.nodes?.first { $0.key == "c4" })
            #expect(new.text == "服务器3" && new.parent == "c3" && new.x != nil && new.state == "pending")
            #expect(patch.nodes?.first { $0.key == "c1" }?.state == "failed")
            #expect(patch.nodes?.first { $0.key == "c1" }?.text == nil, "what has not changed is not said")
            #expect(patch.links?.first { $0.to == "c1" }?.text == "执行中...")
        }
        // Again is no change, and tells nobody.
        #expect(try await client.request(.post, "/flows/tree/", #"{"action":"add"}"#).status == .ok)
        try one.sendJSON(Frame(type: "get"))
        #expect(try await one.diagramFrame("diagram").rev == 2)
        #expect(try await client.request(.post, "/flows/tree/", #"{"action":"reset"}"#).status == .ok)
        for socket in [one, other] {
            let diagram = try await socket.diagramFrame("diagram")
            #expect(diagram.rev == 3 && diagram.nodes == first?.nodes && diagram.links == first?.links)
        }
    }

    @Test("the buttons work without a script, and need the form's token")
    func forms() async throws {
        let site = try await TestSite()
        let browser = Browser(site)
        try await browser.signIn("user1")
        #expect(try await browser.post("/flows/dag/", ["action": "add"]).status == .forbidden)
        let token = try await browser.token(of: "/flows/dag/")
        let answer = try await browser.post("/flows/dag/", ["action": "add"], token: token)
        #expect(answer.status == .seeOther && answer.headers[.location] == "/flows/dag/")
        let page = try await browser.get("/flows/dag/").text
        #expect(page.contains(#"data-key="c4""#) && page.contains(#"data-from="bilibili" data-to="c4""#))
        try await site.lifespan.shutdown()
        let later = Browser(try await TestSite(folder: site.folder), cookiesOf: browser)
        #expect(try await later.get("/flows/dag/").text.contains(#"data-key="c4""#), "after a restart, too")
        let refused = try await browser.post("/flows/dag/", ["action": "burn"], token: token)
        #expect(refused.status == .unprocessableContent)
        #expect(try await browser.post("/flows/shapes/", ["action": "add"], token: token).status == .methodNotAllowed)
    }

    @Test("a socket answers what it does not know with an error, and a diagram that is none with 404")
    func hostile() async throws {
        let site = try await TestSite()
        let (socket, _) = try await site.join("/ws/flows/shapes/")
        socket.send(text: #"{"type":"send","cid":"x","text":"x"}"#)
        #expect(try await socket.frame("error").code == "bad_message")
        try socket.sendJSON(Frame(type: "ping"))
        _ = try await socket.frame("pong")
        try await socket.disconnect()
        let nothing = try await site.socket("/ws/flows/nothing/")
        #expect(try await nothing.connect().status == .notFound)
    }
}
