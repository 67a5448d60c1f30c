// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Testing

private struct Sum: Codable, Sendable, Equatable {
    var a: Int
    var b: Int
}

private struct Total: Codable, Sendable, Equatable {
    var total: Int
}

private final class Adder: JSONConsumer<Sum> {
    override func receive(json: Sum) async throws {
        try await send(json: Total(total: json.a + json.b))
    }
}

private struct WorkFailure: Error {}

/// Ticks, reminds, and works beside itself.
private final class Busy: Consumer {
    private var ticks = 0

    override func receive(text: String) async throws {
        switch text {
        case "every": every(.seconds(1), Busy.tick)
        case "after": after(.seconds(5), Busy.remind)
        case "work": background({ 6 * 7 }, then: Busy.done)
        case "fail": background({ throw WorkFailure() }, then: Busy.done)
        default:
            background(
                {
                    try await Task.sleep(for: .seconds(3_600)); return 0
                }, then: Busy.done)
        }
        try await send(text: "ok")
    }

    override func onError(_ error: any Error) async -> ErrorAction {
        try? await send(text: "\(error)")
        return .keep
    }

    func tick() async throws {
        ticks += 1
        try await send(text: "tick \(ticks)")
    }

    func remind() async throws { try await send(text: "remind") }
    func done(_ result: Int) async throws { try await send(text: "\(result)") }
}

/// Works on though it is cancelled, until a test lets it end.
private final class Stubborn: Consumer {
    static let gate = EventQueue<Void>()

    override func receive(text: String) async throws {
        background(
            {
                await Task { try? await Stubborn.gate.next() }.value
                return 0
            }, then: Stubborn.done)
        try await send(text: "ok")
    }

    func done(_ result: Int) async throws {}
}

@Suite("JSON consumers, timers and background work")
struct ConsumerVariantTests {
    @Test("test_json_websocket_consumer: Codable in and out")
    func json() async throws {
        let communicator = WebSocketCommunicator(ConsumerApplication(Adder.init), path: "/")
        try await communicator.connect()
        try communicator.sendJSON(Sum(a: 2, b: 3))
        #expect(try await communicator.receiveJSON(as: Total.self) == Total(total: 5))
        try await communicator.disconnect()
    }

    @Test(
        "What is not such JSON is answered with an error frame, and the socket stays open",
        arguments: [
            "no JSON", "{}", #"{"a":1,"b":"two"}"#, "[]", "", #"{"a":1e999,"b":1}"#,
        ])
    func badJSON(text: String) async throws {
        let communicator = WebSocketCommunicator(ConsumerApplication(Adder.init), path: "/")
        try await communicator.connect()
        communicator.send(text: text)
        let frame = try await communicator.receiveJSON(as: JSONErrorFrame.self)
        #expect(frame.type == "error" && frame.code == "bad_message" && !frame.message.isEmpty)
        try communicator.sendJSON(Sum(a: 1, b: 1))
        #expect(try await communicator.receiveJSON(as: Total.self).total == 2)
        try await communicator.disconnect()
    }

    @Test("test_json_websocket_consumer: a binary message is an error that surfaces")
    func binary() async throws {
        let communicator = WebSocketCommunicator(ConsumerApplication(Adder.init), path: "/")
        try await communicator.connect()
        communicator.send(bytes: ByteBuffer(string: "{}"))
        #expect(try await communicator.receiveClose().code == .unsupportedData)
    }

    @Test("Timers call back in the consumer's task and end with it")
    func timers() async throws {
        let time = VirtualTime()
        let communicator = WebSocketCommunicator(ConsumerApplication(Busy.init), path: "/", clock: time)
        try await communicator.connect()
        for word in ["every", "after"] {
            communicator.send(text: word)
            #expect(try await communicator.receiveText() == "ok")
        }
        try await eventually("both timers sleep") { time.sleepers == 2 }
        for second in 1...4 {
            time.advance(by: .seconds(1))
            #expect(try await communicator.receiveText() == "tick \(second)")
            try await eventually("both timers sleep") { time.sleepers == 2 }
        }
        time.advance(by: .seconds(1))
        let last = [try await communicator.receiveText(), try await communicator.receiveText()]
        #expect(Set(last) == ["tick 5", "remind"])
        try await communicator.disconnect()
        try await eventually("no timer is left") { time.sleepers == 0 }
    }

    @Test("Background work brings its result or its error back, and is cancelled at the end")
    func background() async throws {
        let communicator = WebSocketCommunicator(ConsumerApplication(Busy.init), path: "/")
        try await communicator.connect()
        for (word, answer) in [("work", "42"), ("fail", "WorkFailure()")] {
            communicator.send(text: word)
            let answers = [try await communicator.receiveText(), try await communicator.receiveText()]
            #expect(Set(answers) == ["ok", answer])
        }
        communicator.send(text: "sleep")
        #expect(try await communicator.receiveText() == "ok")
        try await communicator.disconnect(timeout: .seconds(20))
    }

    @Test("Background work that ignores its cancellation holds the end up for 10 s at most, and is logged")
    func stubborn() async throws {
        let (time, logs) = (VirtualTime(), RecordedLog())
        let communicator = WebSocketCommunicator(ConsumerApplication(Stubborn.init), path: "/", clock: time) {
            $0.connection.logger = logs.logger()
        }
        try await communicator.connect()
        communicator.send(text: "go")
        #expect(try await communicator.receiveText() == "ok")
        async let ended: Void = communicator.disconnect(timeout: .seconds(20))
        try await eventually("the limit has passed") {
            time.advance(by: .seconds(1))
            return !logs.lines.isEmpty
        }
        try await ended
        #expect(
            logs.lines.map(\.description) == ["warning background work of a consumer goes on though it was cancelled"])
        Stubborn.gate.push(())
    }
}
