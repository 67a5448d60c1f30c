// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceServer
import SluiceTesting
import Testing

@Suite("WebSocket ages", .timeLimit(.minutes(1)))
struct WebSocketAgeTests {
    @Test("A connection without messages is closed with 1001 when it has been idle for too long")
    func idle() async throws {
        var configuration = ServerConfiguration()
        configuration.webSocket.idleTimeout = 1
        let notes = Notes()
        try await withLiveServer(noting(notes), configuration: configuration) { server in
            let client = try await server.webSocket("/")
            #expect(try await client.receiveClose() == WebSocketClose(code: .goingAway, reason: "idle"))
            try await client.sendClose(.goingAway)
            #expect(try await client.receive() == .ended)
            try await eventually("the disconnect") { notes.all == ["connect", "disconnect 1001 "] }
        }
    }

    @Test("A connection that has lasted for its time is closed with 1001, however busy")
    func lifetime() async throws {
        var configuration = ServerConfiguration()
        configuration.webSocket.lifetime = 1
        try await withLiveServer(echoing, configuration: configuration) { server in
            let client = try await server.webSocket("/")
            while true {
                try? await client.send(text: "busy")
                let event = try await client.receive()
                if case .close(let close) = event {
                    #expect(close.code == .goingAway)
                    break
                }
                #expect(event == .message(.text("busy")))
            }
        }
    }
}
