// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Testing

/// Joins a group by declaration, answers a group's event.
private final class GroupedConsumer: Consumer {
    override class var groups: [GroupName] { ["chat"] }
    override class var handlers: [Handler] { [.on(GroupedConsumer.ping)] }
    func ping(_ event: Ping) async throws { try await send(text: "got \(event.number)") }
}

/// Uses the layer under another alias.
private final class OtherLayerConsumer: Consumer {
    override class var channelLayerAlias: String { "other" }
    override class var handlers: [Handler] { [.on(OtherLayerConsumer.ping)] }

    override func connect() async throws {
        try await accept()
        try await send(text: channelName.rawValue)
    }

    func ping(_ event: Ping) async throws { try await send(text: "got \(event.number)") }
}

/// Tells its path and how often it was asked.
private final class PathConsumer: Consumer {
    private var count = 0

    override func receive(text: String) async throws {
        count += 1
        try await send(text: "\(scope.path) \(count)")
    }
}

/// Turns every text around, on the way in and on the way out.
private struct Reversing: Middleware {
    func handle<Kind: ConnectionKind>(
        scope: Scope, receive: Receive<Kind>, send: Send<Kind>, next: any Application<Kind>
    ) async throws {
        try await next(
            scope: scope,
            receive: receive.map { event in
                guard case WebSocket.Inbound.receive(.text(let text))? = event as? WebSocket.Inbound else {
                    return event
                }
                return WebSocket.Inbound.receive(.text(String(text.reversed()))) as? Kind.Inbound
            },
            send: send.map { event in
                guard case WebSocket.Outbound.send(.text(let text), _)? = event as? WebSocket.Outbound else {
                    return event
                }
                return WebSocket.Outbound.send(.text("<\(text)>")) as? Kind.Outbound
            })
    }
}

@Suite("WebSocket consumers")
struct WebSocketConsumerTests {
    @Test("test_generic_websocket.py::test_websocket_consumer: text comes as text, an echoed text arrives as text")
    func text() async throws {
        let session = Session()
        #expect(try await session.communicator.connect().isAccepted)
        for text in ["hello", "", "聊天 🎉"] {
            session.communicator.send(text: text)
            #expect(try await session.communicator.receiveText() == text)
        }
        try await session.communicator.disconnect()
        try await session.expectEnd(["disconnect 1000"])
    }

    @Test(
        "test_generic_websocket.py::test_websocket_consumer, test_websocket_receive_with_none_text: binary as binary, with NULs"
    )
    func bytes() async throws {
        let session = Session()
        try await session.communicator.connect()
        for bytes in [ByteBuffer(bytes: [0, 1, 0, 255]), ByteBuffer()] {
            session.communicator.send(bytes: bytes)
            #expect(try await session.communicator.receiveBytes() == bytes)
        }
        try await session.communicator.disconnect()
        try await session.expectEnd(["disconnect 1000"])
    }

    @Test("test_generic_websocket.py::test_websocket_consumer: disconnect runs with the client's code")
    func disconnectCode() async throws {
        let session = Session()
        try await session.communicator.connect()
        try await session.communicator.disconnect(code: 4321)
        try await session.expectEnd(["disconnect 4321"])
    }

    @Test("test_multiple_websocket_consumers_with_sessions: two connections have their own consumer and scope")
    func twoConnections() async throws {
        let application = ConsumerApplication(PathConsumer.init)
        let state = LifespanState.testing()
        let one = WebSocketCommunicator(application, path: "/one/", state: state)
        let two = WebSocketCommunicator(application, path: "/two/", state: state)
        try await one.connect()
        try await two.connect()
        two.send(text: "?")
        two.send(text: "?")
        one.send(text: "?")
        #expect(try await one.receiveText() == "/one/ 1")
        #expect(try await two.receiveText() == "/two/ 1")
        #expect(try await two.receiveText() == "/two/ 2")
        try await one.disconnect()
        try await two.disconnect()
        try await expectNoLeaks(in: state)
    }

    @Test("test_websocket_consumer_subprotocol: offers are seen in order, accept selects one")
    func subprotocols() async throws {
        let session = Session(
            Scripted.Script(connect: { consumer in
                #expect(consumer.scope.subprotocols == ["v1", "v2"])
                try await consumer.accept(subprotocol: "v2")
            }), subprotocols: ["v1", "v2"])
        #expect(try await session.communicator.connect().subprotocol == "v2")
        try await session.communicator.disconnect()
    }

    @Test("test_websocket_consumer_groups: named groups are joined on connect and left at the end, nothing remains")
    func groups() async throws {
        try await withLeakCheck { state in
            let communicator = WebSocketCommunicator(ConsumerApplication(GroupedConsumer.init), state: state)
            try await communicator.connect()
            #expect(try await state.channelLayer().groupSend("chat", Ping(number: 5)).accepted == 1)
            #expect(try await communicator.receiveText() == "got 5")
            try await communicator.disconnect()
            #expect(state.channelLayer().statistics.memberships == 0)
        }
    }

    @Test("test_async_websocket_consumer_specific_channel_layer: another layer; a message to the channel's own name")
    func otherLayer() async throws {
        var state = LifespanState.testing()
        state.setChannelLayer(BrokeredChannelLayer(), alias: "other")
        let communicator = WebSocketCommunicator(ConsumerApplication(OtherLayerConsumer.init), state: state)
        try await communicator.connect()
        let name = ChannelName(rawValue: try await communicator.receiveText())
        #expect(try await state.channelLayer("other").send(Ping(number: 7), to: name).accepted == 1)
        #expect(try await communicator.receiveText() == "got 7")
        #expect(state.channelLayer().statistics.channels == 0)
        try await communicator.disconnect()
        try await expectNoLeaks(in: state)
    }

    @Test(
        "test_block_underscored_type_function_call, test_block_leading_dot_type_function_call: no event calls what is not listed"
    )
    func unknownEvent() async throws {
        let session = Session(
            Scripted.Script(connect: { consumer in
                try await consumer.channelLayer.groupAdd("g", consumer.channelName)
                try await consumer.accept()
            }))
        try await session.communicator.connect()
        try await session.layer.groupSend("g", Unknown())
        #expect(try await session.communicator.receiveClose() == WebSocketClose(code: .internalError))
        try await session.communicator.wait()
        #expect(session.journal.lines.first == "error Scripted has no handler for the event '_private'")
        try await session.expectEnd(["disconnect 1011"])
    }

    @Test("an unknown event leaves the connection open where the consumer chooses so (A11)")
    func unknownEventKept() async throws {
        let session = Session(
            Scripted.Script(
                connect: { consumer in
                    try await consumer.channelLayer.groupAdd("g", consumer.channelName)
                    try await consumer.accept()
                }, onError: .keep))
        try await session.communicator.connect()
        try await session.layer.groupSend("g", Unknown())
        try await session.layer.groupSend("g", Ping(number: 1))
        #expect(try await session.communicator.receiveText() == "ping 1")
        try await session.communicator.disconnect()
        try await session.expectEnd(["disconnect 1000"])
    }

    @Test("test_accept_headers: accept adds response headers")
    func acceptHeaders() async throws {
        let session = Session(Scripted.Script(connect: { try await $0.accept(headers: [.server: "mine"]) }))
        #expect(try await session.communicator.connect().headers == [.server: "mine"])
        try await session.communicator.disconnect()
    }

    @Test("test_close_reason: close sends code and reason")
    func closeReason() async throws {
        let session = Session(
            Scripted.Script(receive: { consumer, _ in try await consumer.close(code: 4007, reason: "test reason") }))
        try await session.communicator.connect()
        session.communicator.send(text: "close")
        #expect(try await session.communicator.receiveClose() == WebSocketClose(code: 4007, reason: "test reason"))
        try await session.communicator.wait()
        try await session.expectEnd(["disconnect 4007"])
    }

    @Test("test_generic_http.py::test_async_http_consumer_future: receive and send may be wrapped by middleware")
    func wrapped() async throws {
        let application = ConsumerApplication { Scripted($0, Scripted.Script(), Journal()) }.wrapped(in: Reversing())
        let communicator = WebSocketCommunicator(application)
        try await communicator.connect()
        communicator.send(text: "abc")
        #expect(try await communicator.receiveText() == "<cba>")
        try await communicator.disconnect()
    }

    @Test("a consumer without a channel layer works until it uses one, and is then told which is missing")
    func noLayer() async throws {
        var state = LifespanState()
        state[ConsumerStatistics.self] = ConsumerStatistics()
        let session = Session(
            Scripted.Script(receive: { consumer, _ in
                try await consumer.channelLayer.groupAdd("g", consumer.channelName)
            }), state: state)
        try await session.communicator.connect()
        session.communicator.send(text: "join")
        try await eventually("the error") { !session.journal.lines.isEmpty }
        #expect(session.journal.lines == ["error no channel layer is configured under the alias 'default'"])
        try await session.communicator.disconnect()
        try await session.expectEnd(["disconnect 1000"])
    }
}
