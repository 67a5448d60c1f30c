// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceChannelLayers
import SluiceConsumers
import SluiceCore
import SluiceTesting
import Testing

/// One way for a connection to end.
struct Ending: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var script = Scripted.Script()
    /// Drives the connection until it ends.
    let drive: @Sendable (Session) async throws -> Void
    let disconnects: [String]

    /// The client opens the connection and says something, or an event comes for it.
    static func messages(_ session: Session) async throws {
        try await session.communicator.connect()
        session.communicator.send(text: "go")
        _ = try? await session.communicator.wait(timeout: .seconds(5))
    }

    static func event(_ session: Session) async throws {
        try await session.communicator.connect()
        try await session.layer.groupSend("g", Ping())
        _ = try? await session.communicator.wait(timeout: .seconds(5))
    }

    static func refused(_ session: Session) async throws {
        #expect(try await session.communicator.connect().isAccepted == false)
        _ = try? await session.communicator.wait(timeout: .seconds(5))
    }

    static func join(_ consumer: Scripted) async throws {
        try await consumer.channelLayer.groupAdd("g", consumer.channelName)
    }

    static func joinAndAccept(_ consumer: Scripted) async throws {
        try await join(consumer)
        try await consumer.accept()
    }

    static let all: [Ending] = [
        Ending(
            "the client closes",
            drive: {
                try await $0.communicator.connect(); try await $0.communicator.disconnect(code: 4000)
            }, ["disconnect 4000"]),
        Ending(
            "the client closes before an answer", .init(connect: { $0.journal.write("asked") }),
            drive: { session in
                let asking = Task { try await session.communicator.connect(timeout: .seconds(5)) }
                try await eventually("connect runs") { !session.journal.lines.isEmpty }
                session.communicator.vanish()
                let error = await #expect(throws: CommunicatorError.self) { try await asking.value }
                #expect(error?.code == .ended)
            }, ["disconnect 1006"]),
        Ending(
            "close in connect, before accept",
            .init(connect: {
                try await join($0); try await $0.close(code: 4001)
            }), drive: refused, ["disconnect 1006"]),
        Ending(
            "close in connect, after accept",
            .init(connect: {
                try await joinAndAccept($0); try await $0.close(code: 4001)
            }), drive: messages, ["disconnect 4001"]),
        Ending(
            "close in receive", .init(receive: { consumer, _ in try await consumer.close(code: 4001) }),
            drive: messages, ["disconnect 4001"]),
        Ending(
            "close in a handler",
            .init(connect: joinAndAccept, ping: { consumer, _ in try await consumer.close(code: 4001) }), drive: event,
            ["disconnect 4001"]),
        Ending(
            "close in disconnect", .init(disconnect: { try await $0.close() }),
            drive: {
                try await $0.communicator.connect(); try await $0.communicator.disconnect()
            }, ["disconnect 1000"]),
        Ending(
            "deny",
            .init(connect: {
                try await join($0); try await $0.deny(status: .unauthorized)
            }), drive: refused, ["disconnect 1006"]),
        Ending(
            "DenyConnection",
            .init(connect: {
                try await join($0); throw DenyConnection(status: .notFound)
            }), drive: refused, ["disconnect 1006"]),
        Ending(
            "throw in connect, before accept",
            .init(connect: {
                try await join($0); throw Failure()
            }),
            drive: { session in
                await #expect(throws: Failure()) { try await session.communicator.connect() }
            }, ["disconnect 1006"]),
        Ending(
            "throw in connect, after accept",
            .init(connect: {
                try await joinAndAccept($0); throw Failure()
            }), drive: messages, ["disconnect 1011"]),
        Ending("throw in receive", .init(receive: { _, _ in throw Failure() }), drive: messages, ["disconnect 1011"]),
        Ending(
            "throw in a handler", .init(connect: joinAndAccept, ping: { _, _ in throw Failure() }), drive: event,
            ["disconnect 1011"]),
        Ending(
            "throw in disconnect", .init(disconnect: { _ in throw Failure() }),
            drive: {
                try await $0.communicator.connect(); try await $0.communicator.disconnect()
            }, ["disconnect 1000"]),
        Ending(
            "StopConsumer in connect, before accept",
            .init(connect: {
                try await join($0); throw StopConsumer()
            }), drive: refused, []),
        Ending("StopConsumer in receive", .init(receive: { _, _ in throw StopConsumer() }), drive: messages, []),
        Ending(
            "StopConsumer in a handler", .init(connect: joinAndAccept, ping: { _, _ in throw StopConsumer() }),
            drive: event, []),
        Ending(
            "StopConsumer in disconnect", .init(disconnect: { _ in throw StopConsumer() }),
            drive: {
                try await $0.communicator.connect(); try await $0.communicator.disconnect()
            }, ["disconnect 1000"]),
        Ending(
            "the task is cancelled while it waits", .init(connect: joinAndAccept),
            drive: { session in
                try await session.communicator.connect()
                try await session.communicator.stop(timeout: .seconds(5))
                #expect(try await session.communicator.receiveClose() == WebSocketClose(code: .goingAway))
            }, ["disconnect 1001"]),
        Ending(
            "the task is cancelled while a handler waits",
            .init(
                connect: joinAndAccept,
                receive: { consumer, _ in
                    try await consumer.send(text: "waiting")
                    try await Task.sleep(for: .seconds(3_600))
                }),
            drive: { session in
                try await session.communicator.connect()
                session.communicator.send(text: "go")
                #expect(try await session.communicator.receiveText() == "waiting")
                try await session.communicator.stop(timeout: .seconds(5))
            }, ["disconnect 1001"]),
        Ending(
            "the peer vanishes", .init(connect: joinAndAccept),
            drive: { session in
                try await session.communicator.connect()
                session.communicator.vanish()
            }, ["disconnect 1006"]),
    ]

    init(
        _ name: String, _ script: Scripted.Script = Scripted.Script(),
        drive: @escaping @Sendable (Session) async throws -> Void, _ disconnects: [String]
    ) {
        testDescription = name
        self.script = script
        self.drive = drive
        self.disconnects = disconnects
    }
}

@Suite("disconnect runs exactly once for every connect, and nothing is left")
struct DisconnectTests {
    @Test("whatever ends the connection", arguments: Ending.all)
    func ends(_ ending: Ending) async throws {
        let session = Session(ending.script)
        try await ending.drive(session)
        try await session.expectEnd(ending.disconnects)
        #expect(session.statistics.connects == 1)
    }

    @Test("the peer vanishes while a handler runs: groups are left at once, disconnect waits for the handler")
    func vanishesDuringHandler() async throws {
        let gate = EventQueue<Void>()
        let session = Session(
            Scripted.Script(
                connect: { consumer in
                    try await consumer.channelLayer.groupAdd("g", consumer.channelName)
                    try await consumer.accept()
                },
                receive: { consumer, _ in
                    try await consumer.send(text: "running")
                    try await gate.next()
                    consumer.journal.write("handler goes on")
                    // Both are lost with the peer, and neither is an error of the application.
                    if consumer.scope.path == "/join/" {
                        try await consumer.channelLayer.groupAdd("late", consumer.channelName)
                    }
                    try await consumer.send(text: "late")
                }), path: "/join/")
        try await session.communicator.connect()
        session.communicator.send(text: "go")
        #expect(try await session.communicator.receiveText() == "running")
        #expect(session.layer.statistics.memberships == 1)
        session.communicator.vanish()
        #expect(session.layer.statistics.memberships == 0)
        #expect(session.journal.lines == [])
        gate.push(())
        try await session.communicator.wait(timeout: .seconds(5))
        #expect(session.journal.lines == ["handler goes on", "disconnect 1006"])
        #expect(session.logs.lines == [])
        try await session.expectEnd(["disconnect 1006"])
    }

    @Test(
        "a disconnect that leaves its groups itself, as in Channels, finds its channel's name",
        arguments: [true, false])
    func leavesItself(joins: Bool) async throws {
        let session = Session(
            Scripted.Script(
                connect: { consumer in
                    if joins { try await consumer.channelLayer.groupAdd("g", consumer.channelName) }
                    try await consumer.accept()
                },
                disconnect: { consumer in
                    try await consumer.channelLayer.groupDiscard("g", consumer.channelName)
                    consumer.journal.write("left")
                }))
        try await session.communicator.connect()
        try await session.communicator.disconnect()
        #expect(session.journal.lines == ["disconnect 1000", "left"])
        #expect(session.logs.lines == [])
        try await session.expectEnd(["disconnect 1000"])
    }

    @Test("disconnect runs in a task that is not cancelled, and is cancelled after 10 s")
    func disconnectLimit() async throws {
        let time = VirtualTime()
        let session = Session(
            Scripted.Script(disconnect: { consumer in
                consumer.journal.write("cancelled: \(Task.isCancelled)")
                do {
                    try await Task.sleep(for: .seconds(3_600))
                } catch {
                    consumer.journal.write("cancelled: \(Task.isCancelled)")
                }
            }), clock: time)
        try await session.communicator.connect()
        async let stopped: Void = session.communicator.stop(timeout: .seconds(5))
        try await time.waitForSleepers(1)
        time.advance(by: .milliseconds(9_999))
        #expect(session.statistics.live == 1)
        time.advance(by: .milliseconds(1))
        try await stopped
        #expect(session.journal.lines == ["disconnect 1001", "cancelled: false", "cancelled: true"])
        try await session.expectEnd(["disconnect 1001"])
    }

    @Test("a thrown error is logged once; before accept it is left to whoever runs the application")
    func loggedOnce() async throws {
        let after = Session(Scripted.Script(receive: { _, _ in throw Failure() }))
        try await Ending.messages(after)
        #expect(after.logs.lines.map(\.description) == ["error a consumer threw"])
        let before = Session(Scripted.Script(connect: { _ in throw Failure() }))
        await #expect(throws: Failure()) { try await before.communicator.connect() }
        #expect(before.logs.lines == [])
        #expect(before.journal.lines.first == "error Failure")
    }

    @Test("what cannot be accepted or denied is an error, not silence")
    func impossibleAnswers() async throws {
        let answers: [Scripted.Script.Hook] = [
            { _ in throw AcceptConnection(subprotocol: "not offered") },
            { _ in throw DenyConnection(status: .noContent) },
        ]
        for answer in answers {
            let session = Session(Scripted.Script(connect: answer))
            let error = await #expect(throws: SendError.self) { try await session.communicator.connect() }
            #expect(error?.code == .wrongState)
            try await session.expectEnd(["disconnect 1006"])
        }
    }

    @Test("AcceptConnection accepts with its subprotocol; a second accept is an error of the application")
    func acceptConnection() async throws {
        let session = Session(
            Scripted.Script(
                connect: { _ in throw AcceptConnection(subprotocol: "v1") },
                receive: { _, _ in throw AcceptConnection() }), subprotocols: ["v1"])
        #expect(try await session.communicator.connect().subprotocol == "v1")
        session.communicator.send(text: "again")
        #expect(try await session.communicator.receiveClose() == WebSocketClose(code: .internalError))
        try await session.communicator.wait()
        try await session.expectEnd(["disconnect 1011"])
    }

    @Test("a cancelled consumer ends though events come for ever")
    func cancelledUnderFlood() async throws {
        let session = Session(
            Scripted.Script(
                connect: Ending.joinAndAccept,
                ping: { consumer, _ in try await consumer.channelLayer.groupSend("g", Ping()) }))
        try await session.communicator.connect()
        try await session.layer.groupSend("g", Ping())
        try await session.communicator.stop(timeout: .seconds(5))
        try await session.expectEnd(["disconnect 1001"])
    }
}
