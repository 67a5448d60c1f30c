// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@testable import Example

@Suite("Tickets and deployments live", .timeLimit(.minutes(2)))
struct TicketSocketTests {
    @Test("a ticket's page hears of each change: the patch of its diagram, its state, who is awaited, what is new")
    func ticket() async throws {
        let office = try await Office("user1", "user3", "user6")
        let id = try await office.submit()
        let (socket, welcome) = try await office.site.join("/ws/tickets/\(id)/?since=1", user: "user3")
        #expect(welcome.type == "welcome" && welcome.heartbeat == 25)
        let diagram = try await socket.diagramFrame("diagram")
        #expect(diagram.rev == 1 && diagram.model == "graph" && diagram.nodes?.count == 7)
        let first = try await socket.diagramFrame("ticket")
        #expect(first.state == "open" && first.waitingFor == ["user1", "user2"] && first.history == [])
        try await office.decide(id, "lead", by: "user1", comment: "好", version: 1)
        let patch = try await socket.diagramFrame("patch")
        #expect(patch.rev == 2 && patch.width == nil)
        let states = Dictionary(uniqueKeysWithValues: (patch.nodes ?? []).map { ($0.key, $0.state) })
        #expect(states == ["lead": "passed", "sec": "waiting", "dba": "waiting"])
        let changed = try await socket.diagramFrame("ticket")
        #expect(changed.version == 2 && changed.waitingFor == ["user3", "user4"])
        #expect(changed.history?.map(\.action) == ["approved"] && changed.history?.first?.text == "好")
        try await office.act("user6", "/tickets/\(id)/comment/", ["comment": "谢谢"])
        #expect(try await socket.diagramFrame("patch").nodes == [])
        #expect(try await socket.diagramFrame("ticket").history?.map(\.text) == ["谢谢"])
    }

    @Test("who comes back hears what was missed, once")
    func resume() async throws {
        let office = try await Office("user1", "user6")
        let id = try await office.submit()
        try await office.decide(id, "lead", by: "user1", version: 1)
        for (since, missed) in [("?since=1", [2]), ("", [1, 2]), ("?since=2", []), ("?since=x", [1, 2])] {
            let (socket, _) = try await office.site.join("/ws/tickets/\(id)/\(since)")
            #expect(try await socket.diagramFrame("ticket").history?.map(\.id) == missed)
        }
    }

    @Test("lists hear of new tickets and of what waits for their user")
    func list() async throws {
        let office = try await Office("user1", "user6")
        let (socket, _) = try await office.site.join("/ws/tickets/", user: "user3")
        #expect(try await socket.lists().waiting?.isEmpty == true)
        let id = try await office.submit(title: "列表")
        let new = try await socket.listed()
        #expect(new.line?.id == id && new.line?.title == "列表" && new.isWaiting == false)
        try await office.decide(id, "lead", by: "user1", version: 1)
        #expect(try await socket.listed().isWaiting == true)
    }

    @Test("a deployment runs step by step for all viewers; after a failure it goes on from there; the ticket follows")
    func deployment() async throws {
        let office = try await Office("user1", "user3", "user4", "user5", "user6")
        let id = try await office.submit()
        #expect(try await office.client("user5").browser.get("/deploys/\(id)/").status == .notFound, "not approved yet")
        try await office.approve(id)
        let (socket, _) = try await office.site.join("/ws/deploys/\(id)/", user: "user6")
        #expect(try await socket.diagramFrame("diagram").nodes?.allSatisfy { $0.state == "pending" } == true)
        #expect(try await socket.diagramFrame("deploy").state == "ready")
        let start = "/deploys/\(id)/start/"
        #expect(try await office.act("user1", start).status == .forbidden)
        #expect(try await office.act("user5", start, ["failure": "nothing"]).status == .unprocessableContent)
        #expect(try await office.act("user5", "/deploys/\(id)/retry/").status == .conflict)
        #expect(try await office.act("user5", start, ["failure": "c2"]).json.ticket?.state == "deploying")
        #expect(try await office.act("user5", start).status == .conflict)
        var frames = try await socket.frames(until: "failed")
        #expect(frames.filter { $0.type == "deploy" }.map(\.state) == ["running", "failed"])
        // Of changes at the same moment the later one may be told first: then the whole diagram comes.
        let pictures = frames.filter { $0.rev != nil }
        for (old, new) in zip(pictures, pictures.dropFirst()) {
            let step = (new.rev ?? 0) - (old.rev ?? 0)
            #expect(new.type == "patch" ? step == 1 : step > 1)
        }
        let texts = frames.flatMap { $0.links ?? [] }.filter { $0.to == "c2" }.compactMap(\.text)
        #expect(texts.first == "执行中..." && texts.last == "失败")
        #expect(try await office.site.tickets.store.find(id)?.ticket.state == .approved)
        #expect(try await office.act("user5", "/deploys/\(id)/retry/").status == .ok)
        frames = try await socket.frames(until: "succeeded")
        let again = Set(frames.flatMap { $0.nodes ?? [] }.filter { $0.state == "running" }.map(\.key))
        #expect(again == ["c2", "c21"])
        let ticket = try #require(try await office.site.tickets.store.find(id)?.ticket)
        #expect(ticket.state == .done && ticket.steps.values.allSatisfy { $0.state == .passed })
    }

    @Test("a server that starts goes on with what was running")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let site = try await TestSite(folder: folder, deployStep: .seconds(3_600))
        let office = try await Office("user1", "user3", "user4", "user5", "user6", site: site)
        let id = try await office.submit()
        try await office.approve(id)
        #expect(try await office.act("user5", "/deploys/\(id)/start/").status == .ok)
        try await site.lifespan.shutdown()
        let later = try await TestSite(folder: folder)
        try await eventually("the deployment to end") {
            try await later.tickets.store.find(id)?.deployment?.state == .succeeded
        }
    }
}

/// A frame of a list's socket: the members that there are.
private struct ListTicketFrame: Decodable {
    struct Line: Decodable {
        var id: Int
        var title: String
        var state: String
    }

    var type: String
    var tickets: [Line]?
    var waiting: [Line]?
    var line: Line?
    var isWaiting: Bool?

    enum CodingKeys: String, CodingKey {
        case type, tickets, waiting, line
        case isWaiting = "is_waiting"
    }
}

extension WebSocketCommunicator {
    fileprivate func lists() async throws -> ListTicketFrame {
        try await listFrame("tickets")
    }

    fileprivate func listed() async throws -> ListTicketFrame {
        try await listFrame("listed")
    }

    private func listFrame(_ type: String) async throws -> ListTicketFrame {
        while true {
            let frame = try await receiveJSON(as: ListTicketFrame.self, timeout: .seconds(10))
            if frame.type == type { return frame }
        }
    }

    /// All frames up to the one that says that a deployment is in a state.
    fileprivate func frames(until state: String) async throws -> [DiagramTestFrame] {
        var frames: [DiagramTestFrame] = []
        while frames.last?.type != "deploy" || frames.last?.state != state {
            frames.append(try await receiveJSON(as: DiagramTestFrame.self, timeout: .seconds(20)))
        }
        return frames
    }
}
