// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceServer
import SluiceTesting
import SluiceWeb
import Synchronization
import Testing

private struct Said: SluiceChannelLayers.ChannelEvent {
    static let type = "transport.said"
    var text: String
}

/// A room as for WebSockets: says what it hears to everybody in it.
private final class RoomConsumer: Consumer {
    static let endings = Mutex<[String]>([])
    private var group = GroupName()

    override class var handlers: [Handler] { [.on(RoomConsumer.said)] }

    override func connect() async throws {
        group = "transport." + scope.route["group"]
        guard scope.route["group"] != "closed" else { return try await close(code: 4403) }
        try await channelLayer.groupAdd(group, channelName)
        try await accept(subprotocol: scope.subprotocols.first)
        try await send(text: "welcome \(scope.queryString) \(scope.user.name)")
    }

    override func receive(text: String) async throws {
        switch text {
        case "bye": try await close(code: 4000, reason: "as you like")
        case "fail": throw HTTPError(.internalServerError)
        case "broadcast": try await channelLayer.groupBroadcast(group, text: "to all")
        default: try await channelLayer.groupSend(group, Said(text: text))
        }
    }

    override func receive(bytes: ByteBuffer) async throws { try await send(bytes: bytes) }

    override func disconnect(code: WebSocketCloseCode) async throws {
        Self.endings.withLock { $0.append("\(scope.route["group"]) \(code.rawValue)") }
    }

    func said(_ event: Said) async throws { try await send(text: event.text) }
}

/// A client without WebSockets.
private struct Client {
    let http: HTTPClient
    var path: String
    var session = ""
    var headers: HTTPFields = [:]

    init(_ server: LiveServer, _ group: String, query: String = "", headers: HTTPFields = [:]) async throws {
        http = try await server.http()
        path = "/socket/room/\(group)/"
        self.headers = headers
        let opened = try await http.request(.post, path + "?" + query, headers: headers)
        guard opened.status == .created else {
            throw CommunicatorError(.unexpected, "\(opened.status) \(opened.text)")
        }
        session = opened.text.firstMatch(of: #/"session":"([^"]+)"/#).map { String($0.1) } ?? ""
    }

    func post(_ text: String, number: Int, type: String = "text/plain") async throws -> HTTPTestResponse {
        var fields = headers
        fields[.contentType] = type
        return try await http.request(
            .post, "\(path)?_session=\(session)&_seq=\(number)", headers: fields, body: ByteBuffer(string: text))
    }

    func poll(_ acknowledged: Int) async throws -> HTTPTestResponse {
        try await http.request(.get, "\(path)?_session=\(session)&_ack=\(acknowledged)", headers: headers)
    }
}

@Suite("Transports for clients without WebSockets", .timeLimit(.minutes(1)))
struct SocketTransportTests {
    private func withRoom(
        _ limits: SocketTransport.Limits = .init(), user: (any User)? = nil,
        _ body: (LiveServer, SocketTransport) async throws -> Void
    ) async throws {
        let sockets = URLRouter<WebSocket> { Route("/room/<group>/", RoomConsumer.init) }
        let transport = SocketTransport(to: sockets, limits: limits)
        let named = NamedByHeader()
        let pages = URLRouter<HTTP> { Mount("/socket", transport) }.wrapped(in: ErrorPages(), named)
        // Other tests may keep a client from its next request for a while.
        var configuration = ServerConfiguration()
        configuration.http.headerTimeout = 300
        let router = ProtocolTypeRouter(http: pages, webSocket: sockets)
        try await withLiveServer(router, configuration: configuration) { try await body($0, transport) }
    }

    /// Believes who a client says it is.
    private struct NamedByHeader: ImmediateMiddleware {
        struct Named: User {
            let name: String
            var isAuthenticated: Bool { true }
        }

        func prepare<Kind: ConnectionKind>(
            scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
        ) throws -> (any Application<Kind>)? {
            if let name = scope.headers[.from] { scope.user = Named(name: name) }
            return next
        }
    }

    @Test("A poll gets what the consumer sends, again until it is acknowledged; text and bytes; a close with its code")
    func polling() async throws {
        try await withRoom { server, transport in
            let client = try await Client(server, "polls", query: "since=5&_protocol=json", headers: [.from: "anna"])
            #expect(client.session.utf8.count == 43)
            for _ in 0..<2 {
                #expect(try await client.poll(0).text == #"{"messages":[{"id":1,"text":"welcome since=5 anna"}]}"#)
            }
            #expect(try await client.post("多路", number: 1).status == .noContent)
            let next = try await client.poll(1)
            #expect(next.text == #"{"messages":[{"id":2,"text":"多路"}]}"# && next.headers[.cacheControl] == "no-store")
            #expect(
                try await client.post("\u{1}\u{2}", number: 2, type: "application/octet-stream").status == .noContent)
            #expect(try await client.poll(2).text == #"{"messages":[{"bytes":"AQI=","id":3}]}"#)
            #expect(try await client.post("broadcast", number: 3).status == .noContent)
            #expect(try await client.poll(3).text.contains("to all"))
            #expect(try await client.post("bye", number: 4).status == .noContent)
            #expect(try await client.poll(4).text == #"{"close":{"code":4000,"reason":"as you like"},"messages":[]}"#)
            // The answer may be lost on its way: it is given again.
            #expect(try await client.poll(4).text.contains("4000") && transport.sessionCount == 1)
            try await eventually("the consumer was told") {
                RoomConsumer.endings.withLock { $0.contains("polls 4000") }
            }
        }
    }

    @Test("A held poll is answered when a message comes, from a WebSocket too; a newer poll takes an older one's place")
    func held() async throws {
        try await withRoom { server, _ in
            let client = try await Client(server, "held")
            let socket = try await server.webSocket("/room/held/")
            #expect(try await socket.receiveText().hasPrefix("welcome"))
            let second = try await server.http()
            let target = "\(client.path)?_session=\(client.session)&_ack=1"
            try await second.send(.get, target)
            try await client.http.send(.get, target)
            // One of the two is superseded, whichever the server has seen first.
            let superseded = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                group.addTask { (0, try await second.receive().text) }
                group.addTask { (1, try await client.http.receive().text) }
                let first = try await group.next()
                try await socket.send(text: "hello")
                let last = try await group.next()
                return [first?.1, last?.1]
            }
            #expect(superseded == [#"{"messages":[]}"#, #"{"messages":[{"id":2,"text":"hello"}]}"#])
        }
    }

    @Test("An event stream goes on behind its Last-Event-ID, and tells how the session ends")
    func events() async throws {
        try await withRoom { server, _ in
            let client = try await Client(server, "events")
            for number in 1...3 { _ = try await client.post("m\(number)", number: number) }
            func stream(_ last: Int?, until text: String) async throws -> String {
                let connection = try await server.connect()
                var fields =
                    "GET \(client.path)?_session=\(client.session)&_transport=sse HTTP/1.1\r\nHost: localhost\r\n"
                if let last { fields += "Last-Event-ID: \(last)\r\n" }
                try await connection.write(ByteBuffer(string: fields + "\r\n"))
                var seen = ""
                while !seen.contains(text), case .bytes(let bytes) = try await connection.receive(timeout: .seconds(20))
                {
                    seen += String(buffer: bytes)
                }
                await connection.close()
                return seen
            }
            let all = try await stream(nil, until: "data: m3")
            #expect(all.contains("text/event-stream") && all.contains("id: 1\ndata: welcome"))
            let rest = try await stream(3, until: "data: m3")
            #expect(!rest.contains("m2") && rest.contains("id: 4\ndata: m3"))
            _ = try await client.post("bye", number: 4)
            let end = try await stream(4, until: "event: close")
            #expect(end.contains(#""code":4000"#))
        }
    }

    @Test("A client's messages are taken once and in order, however often it repeats them; hostile ones are refused")
    func order() async throws {
        try await withRoom { server, _ in
            let client = try await Client(server, "order")
            #expect(try await client.post("second", number: 2).status == .conflict)
            for _ in 0..<3 { #expect(try await client.post("first", number: 1).status == .noContent) }
            #expect(try await client.post("second", number: 2).status == .noContent)
            var seen = ""
            try await eventually("both are there") {
                seen = try await client.poll(0).text
                return seen.contains("second")
            }
            #expect(seen.matches(of: #/first/#).count == 1)
            for (number, status) in [("0", 400), ("-1", 400), ("x", 400), ("99999999999999999999", 400), ("", 400)] {
                let target = "\(client.path)?_session=\(client.session)&_seq=\(number)"
                #expect(try await client.http.request(.post, target).status.code == status)
            }
            #expect(try await client.post(String(repeating: "x", count: 70_000), number: 3).status == .contentTooLarge)
            let other = try await server.http()
            let bad = ByteBuffer(bytes: [0xff, 0xfe])
            let target = "\(client.path)?_session=\(client.session)&_seq=3"
            #expect(try await other.request(.post, target, body: bad).status == .badRequest)
            #expect(try await other.request(.put, target).status == .methodNotAllowed)
        }
    }

    @Test("Nobody else uses a session, no other site's page opens or uses one, and there are not too many")
    func strangers() async throws {
        var limits = SocketTransport.Limits()
        limits.sessionsPerAddress = 3
        try await withRoom(limits) { server, transport in
            let client = try await Client(server, "owners", headers: [.from: "anna"])
            let other = try await server.http()
            let target = "\(client.path)?_session=\(client.session)&_ack=0"
            for fields in [[:], [.from: "ben"]] as [HTTPFields] {
                #expect(try await other.request(.get, target, headers: fields).status == .notFound)
                #expect(try await other.request(.delete, target, headers: fields).status == .notFound)
            }
            let foreign: HTTPFields = [.from: "anna", .origin: "https://evil.example"]
            for method in [HTTPRequest.Method.get, .post, .delete] {
                #expect(try await other.request(method, target, headers: foreign).status == .forbidden)
            }
            #expect(try await other.request(.post, client.path, headers: foreign).status == .forbidden)
            let own: HTTPFields = [.from: "anna", .origin: "http://localhost"]
            #expect(try await other.request(.post, "/socket/room/closed/", headers: own).status == .forbidden)
            #expect(try await other.request(.post, "/socket/none/", headers: own).status == .notFound)
            #expect(transport.sessionCount == 1, "who was refused has no session")
            for _ in 0..<2 { #expect(try await other.request(.post, client.path, headers: own).status == .created) }
            #expect(try await other.request(.post, client.path, headers: own).status == .tooManyRequests)
            #expect(try await other.request(.delete, target + "&_code=1000", headers: own).status == .noContent)
            #expect(try await other.request(.post, client.path, headers: own).status == .created)
            try await eventually("the consumer was told") {
                RoomConsumer.endings.withLock { $0.contains("owners 1000") }
            }
        }
    }

    @Test("A client that does not come back is gone, one that reads nothing makes its sender wait, a failure closes")
    func endings() async throws {
        var limits = SocketTransport.Limits()
        limits.idleTimeout = .milliseconds(100)
        limits.pollTimeout = .milliseconds(50)
        try await withRoom(limits) { server, transport in
            _ = try await Client(server, "idle")
            try await eventually("it is gone") { transport.sessionCount == 0 }
            try await eventually("the consumer was told") { RoomConsumer.endings.withLock { $0.contains("idle 1006") } }
        }
        try await withRoom { server, _ in
            let failing = try await Client(server, "fails")
            _ = try await failing.post("fail", number: 1)
            try await eventually("it was closed") { try await failing.poll(1).text.contains(#""code":1011"#) }
        }
        let sent = Mutex(0)
        let flood = ClosureApplication<WebSocket> { _, receive, send in
            _ = try await receive()
            try await send(.accept(subprotocol: nil, headers: [:]))
            for number in 1...500 {
                try await send(.send(.text("\(number)")))
                sent.withLock { $0 = number }
            }
        }
        var small = SocketTransport.Limits()
        small.outboxMessages = 10
        let transport = SocketTransport(to: flood, limits: small)
        let state = LifespanState.testing()
        let opened = try await HTTPCommunicator(transport, method: .post, path: "/", state: state).response(
            timeout: .seconds(20))
        let session = opened.text.firstMatch(of: #/"session":"([^"]+)"/#).map { String($0.1) } ?? ""
        var numbers: [Int] = []
        while numbers.count < 500 {
            let last = numbers.last ?? 0
            let answer = try await HTTPCommunicator(
                transport, path: "/?_session=\(session)&_ack=\(last)", state: state
            ).response(timeout: .seconds(20))
            let ids = answer.text.matches(of: #/"id":(\d+)/#).compactMap { Int($0.1) }
            #expect(ids.count <= 10 && sent.withLock { $0 } <= last + 20)
            numbers += ids
        }
        #expect(numbers == Array(1...500))
    }
}
