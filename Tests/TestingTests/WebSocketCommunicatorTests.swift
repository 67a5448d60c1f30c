// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import Testing

private struct Failure: Error, Equatable {}

/// Accepts, echoes, and obeys a few words.
private let echo = ClosureApplication<WebSocket> { scope, receive, send in
    guard case .connect = try await receive() else { return }
    try await send(.accept(subprotocol: scope.subprotocols.first, headers: [.server: "echo"]))
    while true {
        switch try await receive() {
        case .connect: break
        case .receive(.text("close")): try await send(.close(code: 4001, reason: "as asked"))
        case .receive(.text("throw")): throw Failure()
        case .receive(.text("silence")): break
        case .receive(let message): try await send(.send(message))
        case .disconnect: return
        }
    }
}

private func application(
    _ body: @escaping @Sendable (Send<WebSocket>) async throws -> Void
) -> ClosureApplication<WebSocket> {
    ClosureApplication { _, receive, send in
        _ = try await receive()
        try await body(send)
        while true { if case .disconnect = try await receive() { return } }
    }
}

@Suite("WebSocketCommunicator (Channels' WebsocketCommunicator)")
struct WebSocketCommunicatorTests {
    @Test("test_testing.py::test_websocket_communicator: connect, text, binary, JSON, disconnect")
    func roundTrip() async throws {
        let communicator = WebSocketCommunicator(echo, path: "/echo/?x=1", subprotocols: ["a", "b"])
        let answer = try await communicator.connect()
        #expect(answer.isAccepted)
        #expect(answer.subprotocol == "a")
        #expect(answer.headers[.server] == "echo")
        communicator.send(text: "hello")
        #expect(try await communicator.receiveText() == "hello")
        communicator.send(bytes: ByteBuffer(bytes: [0, 1, 255]))
        #expect(try await communicator.receiveBytes() == ByteBuffer(bytes: [0, 1, 255]))
        try communicator.sendJSON(["hello": 1])
        #expect(try await communicator.receiveJSON(as: [String: Int].self) == ["hello": 1])
        #expect(await communicator.receiveNothing(for: .milliseconds(20)))
        try await communicator.disconnect()
    }

    @Test("test_testing.py::test_websocket_incorrect_read_json: a close where JSON was expected says both")
    func closeInsteadOfMessage() async throws {
        let communicator = WebSocketCommunicator(echo)
        try await communicator.connect()
        communicator.send(text: "close")
        let error = await #expect(throws: CommunicatorError.self) {
            try await communicator.receiveJSON(as: [String: Int].self)
        }
        #expect(error?.code == .unexpected)
        #expect(error?.description == "a JSON message was expected, but a close 4001 'as asked' came")
    }

    @Test("a message of the other kind is a failure that says which came")
    func otherKind() async throws {
        let communicator = WebSocketCommunicator(echo)
        try await communicator.connect()
        communicator.send(text: "hello")
        let text = await #expect(throws: CommunicatorError.self) { try await communicator.receiveBytes() }
        #expect(text?.description == "a binary message was expected, but the text 'hello' came")
        communicator.send(bytes: ByteBuffer(bytes: [1]))
        let bytes = await #expect(throws: CommunicatorError.self) { try await communicator.receiveClose() }
        #expect(bytes?.description == "a close was expected, but a binary message of 1 bytes came")
    }

    @Test("test_testing.py::test_timeout_disconnect: a silent application times out; disconnect() reports it")
    func timeoutDisconnect() async throws {
        let communicator = WebSocketCommunicator(echo)
        try await communicator.connect()
        communicator.send(text: "silence")
        let error = await #expect(throws: CommunicatorError.self) {
            try await communicator.receiveText(timeout: .milliseconds(20))
        }
        #expect(error?.code == .timedOut)
        #expect(error?.description.hasPrefix("a text message was awaited, but nothing came") == true)
        let later = await #expect(throws: CommunicatorError.self) {
            try await communicator.disconnect(timeout: .seconds(5))
        }
        #expect(later?.code == .cancelled)
    }

    @Test("the application's close arrives with code and reason, and the application is told its own code")
    func receiveClose() async throws {
        let communicator = WebSocketCommunicator(echo)
        try await communicator.connect()
        communicator.send(text: "close")
        #expect(try await communicator.receiveClose() == WebSocketClose(code: 4001, reason: "as asked"))
        try await communicator.wait()
    }

    @Test("an error after accept reaches the test, and the client sees 1011")
    func errorAfterAccept() async throws {
        let communicator = WebSocketCommunicator(echo)
        try await communicator.connect()
        communicator.send(text: "throw")
        #expect(try await communicator.receiveClose() == WebSocketClose(code: .internalError))
        await #expect(throws: Failure()) { try await communicator.wait() }
    }

    @Test("an error instead of an answer comes out of connect()")
    func errorBeforeAnswer() async throws {
        let communicator = WebSocketCommunicator(application { _ in throw Failure() })
        await #expect(throws: Failure()) { try await communicator.connect() }
    }

    @Test("a close before accept is a refusal with 403; a denial has status, headers and body")
    func refusals() async throws {
        let closing = WebSocketCommunicator(application { try await $0(.close(code: 4003, reason: "")) })
        let closed = try await closing.connect()
        #expect(!closed.isAccepted && closed.status == .forbidden && closed.closeCode == 4003)
        try await closing.wait()
        let denying = WebSocketCommunicator(
            application {
                try await $0(.deny(status: .unauthorized, headers: [.server: "no"], body: ByteBuffer(string: "who?")))
            })
        let denied = try await denying.connect()
        #expect(denied.status == .unauthorized && denied.headers[.server] == "no" && denied.text == "who?")
        try await denying.wait()
    }

    private static let accept = WebSocket.Outbound.accept(subprotocol: nil, headers: [:])
    private static let close = WebSocket.Outbound.close(code: 1000, reason: "")

    @Test(
        "events are checked as a server checks them",
        arguments: [
            ([accept, accept], .wrongState),
            ([.accept(subprotocol: "not-offered", headers: [:])], .wrongState),
            ([.accept(subprotocol: nil, headers: [.contentLength: "1"])], .invalidHeader),
            ([accept, .close(code: 1005, reason: "")], .invalidCloseCode),
            ([.close(code: 1000, reason: String(repeating: "x", count: 124))], .invalidCloseCode),
            ([.deny(status: .noContent, headers: [:], body: ByteBuffer())], .wrongState),
            ([accept, .deny(status: .forbidden, headers: [:], body: ByteBuffer())], .wrongState),
            ([close, .send(.text("late"))], .connectionClosed),
            ([accept, close, .send(.text("late"))], .connectionClosed),
        ] as [([WebSocket.Outbound], SendError.Code)])
    func validates(events: [WebSocket.Outbound], code: SendError.Code) async throws {
        let communicator = WebSocketCommunicator(application { for event in events { try await $0(event) } })
        communicator.send(text: "unused")
        let error = await #expect(throws: SendError.self) { try await communicator.wait() }
        #expect(error?.code == code)
    }

    @Test("frames sent before accept wait for it, and are discarded on a refusal")
    func framesBeforeAccept() async throws {
        let accepting = WebSocketCommunicator(
            application { send in
                try await send(.send(.text("early")))
                try await send(.accept(subprotocol: nil, headers: [:]))
                try await send(.send(.text("late")))
            })
        #expect(try await accepting.connect().isAccepted)
        #expect(try await accepting.receiveText() == "early")
        #expect(try await accepting.receiveText() == "late")
        let refusing = WebSocketCommunicator(
            application { send in
                try await send(.send(.text("early")))
                try await send(.close(code: 1000, reason: ""))
            })
        #expect(try await refusing.connect().status == .forbidden)
        #expect(await refusing.receiveNothing(for: .milliseconds(20)))
    }

    @Test("path, query, headers and tweaks are in the scope")
    func scope() {
        let communicator = WebSocketCommunicator(
            echo, path: "/room/聊 天%2F1/?a=b%20c", headers: [.cookie: "x=y"], subprotocols: ["v1"]
        ) { $0.rootPath = "/app" }
        let scope = communicator.scope
        #expect(scope.path == "/room/聊 天/1/")
        #expect(scope.rawPath == "/room/%E8%81%8A%20%E5%A4%A9%2F1/")
        #expect(scope.queryString == "a=b%20c" && scope.scheme == "ws" && scope.type == "websocket")
        #expect(scope.headers[.cookie] == "x=y" && scope.subprotocols == ["v1"] && scope.rootPath == "/app")
    }

    @Test("a client that is behind lets the application's sends wait")
    func pressure() async throws {
        let communicator = WebSocketCommunicator(echo)
        try await communicator.connect()
        communicator.setPressure(.full)
        communicator.send(text: "one")
        #expect(await communicator.receiveNothing(for: .milliseconds(20)))
        communicator.setPressure(.none)
        #expect(try await communicator.receiveText() == "one")
        try await communicator.disconnect()
    }
}
