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
