// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Testing

private struct PlannedFailure: Error, CustomStringConvertible {
    var description: String { "Error correctly raised" }
}

private final class Failing: HTTPConsumer {
    override func handle(body: ByteBuffer) async throws { throw PlannedFailure() }
}

/// Counts how often it was asked.
private final class Counting: HTTPConsumer {
    private var count = 0

    override func handle(body: ByteBuffer) async throws {
        count += 1
        try await sendResponse(body: ByteBuffer(string: "\(scope.path) \(count) \(String(buffer: body))"))
    }
}

/// A long poll: answers with the first event of its group.
private final class Polling: HTTPConsumer {
    override class var groups: [GroupName] { ["polls"] }
    override class var handlers: [Handler] { [.on(Polling.ping)] }

    override func handle(body: ByteBuffer) async throws {
        try await sendHeaders()
        try await sendBody(ByteBuffer(string: "waiting "), moreBody: true)
    }

    func ping(_ event: Ping) async throws {
        try await sendBody(ByteBuffer(string: "\(event.number)"))
    }
}

private final class Small: HTTPConsumer {
    override class var bodyLimit: Int { 4 }
    override func handle(body: ByteBuffer) async throws { try await sendResponse(body: body) }
}

/// Waits for a pool's thread before it answers.
private final class Blocking: HTTPConsumer {
    override func handle(body: ByteBuffer) async throws {
        let answer = try await blocking { 6 * 7 }
        try await sendResponse(body: ByteBuffer(string: "\(answer) \(String(buffer: body))"))
    }
}

/// The same in a WebSocket's `connect`.
private final class BlockingSocket: Consumer {
    private var answer = 0

    override func connect() async throws {
        answer = try await blocking { 6 * 7 }
        try await accept()
    }

    override func receive(text: String) async throws { try await send(text: "\(answer) \(text)") }
}

/// Marks a request's body on the way in and the response's on the way out.
private struct Marked: Middleware {
    func handle<Kind: ConnectionKind>(
        scope: Scope, receive: Receive<Kind>, send: Send<Kind>, next: any Application<Kind>
    ) async throws {
        try await next(
            scope: scope,
            receive: receive.map { event in
                guard case HTTP.Inbound.request(let body, let moreBody)? = event as? HTTP.Inbound else { return event }
                return HTTP.Inbound.request(body: ByteBuffer(string: "<\(String(buffer: body))>"), moreBody: moreBody)
                    as? Kind.Inbound
            },
            send: send.map { event in
                guard case HTTP.Outbound.responseBody(let body, let moreBody)? = event as? HTTP.Outbound else {
                    return event
                }
                return HTTP.Outbound.responseBody(ByteBuffer(string: "[\(String(buffer: body))]"), moreBody: moreBody)
                    as? Kind.Outbound
            })
    }
}

@Suite("HTTP consumers")
struct HTTPConsumerTests {
    @Test("test_generic_http.py::test_error: an error raised in the handler surfaces with its message")
    func error() async throws {
        let communicator = HTTPCommunicator(HTTPConsumerApplication(Failing.init), path: "/")
        await #expect(throws: PlannedFailure.self) { _ = try await communicator.response() }
    }

    @Test("test_generic_http.py::test_per_scope_consumers: each request has its own consumer object")
    func ownObject() async throws {
        let application = HTTPConsumerApplication(Counting.init)
        for path in ["/a", "/b"] {
            let communicator = HTTPCommunicator(application, method: .post, path: path, body: ByteBuffer(string: "x"))
            #expect(try await communicator.response().text == "\(path) 1 x")
        }
    }

    @Test("test_generic_http.py::test_async_http_consumer_future: receive and send may be wrapped by middleware")
    func wrapped() async throws {
        let application = HTTPConsumerApplication(Small.init).wrapped(in: Marked())
        let communicator = HTTPCommunicator(application, method: .post, path: "/", body: ByteBuffer(string: "ab"))
        #expect(try await communicator.response().text == "[<ab>]")
    }

    @Test(
        "test_database.py::ConnectionClosingTests: a consumer that has waited for blocking work goes on, in both kinds")
    func blockingWork() async throws {
        let http = HTTPCommunicator(
            HTTPConsumerApplication(Blocking.init), method: .post, path: "/", body: ByteBuffer(string: "x"))
        #expect(try await http.response(timeout: .seconds(20)).text == "42 x")
        let socket = WebSocketCommunicator(ConsumerApplication(BlockingSocket.init))
        try await socket.connect(timeout: .seconds(20))
        socket.send(text: "y")
        #expect(try await socket.receiveText(timeout: .seconds(20)) == "42 y")
        try await socket.disconnect(timeout: .seconds(20))
    }

    @Test("A body in pieces is handed over whole")
    func pieces() async throws {
        let communicator = HTTPCommunicator(
            HTTPConsumerApplication(Counting.init), method: .post, path: "/", body: nil)
        communicator.sendBody(ByteBuffer(string: "one "), moreBody: true)
        communicator.sendBody(ByteBuffer(string: "two "), moreBody: true)
        communicator.sendBody(ByteBuffer(string: "three"), moreBody: false)
        #expect(try await communicator.response().text == "/ 1 one two three")
    }

    @Test("A body over the limit is refused with 413's disposition")
    func tooLarge() async throws {
        let communicator = HTTPCommunicator(
            HTTPConsumerApplication(Small.init), method: .post, path: "/", body: ByteBuffer(string: "12345"))
        let error = await #expect(throws: ConsumerError.self) { _ = try await communicator.response() }
        #expect(error?.code == .bodyTooLarge && error?.disposition.status == .contentTooLarge)
    }

    @Test("The response goes on after the handler has returned, until a layer event completes it")
    func longPoll() async throws {
        let state = LifespanState.testing()
        let communicator = HTTPCommunicator(HTTPConsumerApplication(Polling.init), path: "/", state: state)
        let layer = state.channelLayer()
        try await eventually("the poll has joined") { layer.statistics.memberships == 1 }
        try await layer.groupSend("polls", Ping(number: 7))
        #expect(try await communicator.response(timeout: .seconds(20)).text == "waiting 7")
        try await communicator.wait(timeout: .seconds(20))
        #expect(layer.statistics.memberships == 0 && layer.statistics.channels == 0)
    }

    @Test("A client that goes away ends the consumer and its memberships")
    func gone() async throws {
        let state = LifespanState.testing()
        let communicator = HTTPCommunicator(HTTPConsumerApplication(Polling.init), path: "/", state: state)
        let layer = state.channelLayer()
        try await eventually("the poll has joined") { layer.statistics.memberships == 1 }
        communicator.disconnect()
        try await communicator.wait(timeout: .seconds(20))
        #expect(layer.statistics.memberships == 0 && layer.statistics.channels == 0)
    }
}
