// SPDX-License-Identifier: Apache-2.0

import SluiceWebSocket
import Testing

@Suite("Client handshake")
struct ClientHandshakeTests {
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let valid: [WebSocketHandshake.Header] = [
        ("upgrade", "WebSocket"), ("connection", "Upgrade"), ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ]

    func error(_ headers: [WebSocketHandshake.Header], status: Int = 101) -> HandshakeError.Code? {
        do throws(HandshakeError) {
            _ = try WebSocketHandshake.verify(
                status: status, headers: headers, key: Self.key, subprotocols: ["chat"], extensions: ["x; y=1"])
            return nil
        } catch {
            return error.code
        }
    }

    @Test("RFC 6455 §4.1: what a client sends is what a server takes")
    func roundTrip() throws {
        let key = WebSocketHandshake.makeKey()
        let headers = WebSocketHandshake.requestHeaders(
            key: key, subprotocols: ["a", "b"], extensions: ["x; y=1", "z"])
        let request = try WebSocketHandshake.validate(
            method: "GET", httpMinorVersion: 1, headers: [("Host", "h")] + headers)
        #expect(request.key == key)
        #expect(request.subprotocols == ["a", "b"] && request.extensions == ["x; y=1", "z"])
    }

    @Test("RFC 6455 §4.1: a valid response, with and without choices")
    func accepts() throws {
        let plain = try WebSocketHandshake.verify(status: 101, headers: Self.valid, key: Self.key)
        #expect(plain.subprotocol == nil && plain.extensions == [])
        let chosen = try WebSocketHandshake.verify(
            status: 101,
            headers: Self.valid + [("Sec-WebSocket-Protocol", "chat"), ("Sec-WebSocket-Extensions", "x ;z")],
            key: Self.key, subprotocols: ["other", "chat"], extensions: ["x; y=1"])
        #expect(chosen.subprotocol == "chat" && chosen.extensions == ["x ;z"])
    }

    @Test("RFC 6455 §4.1: a client fails the connection on any other response")
    func refuses() {
        #expect(error(Self.valid) == nil)
        #expect(error(Self.valid, status: 200) == .status)
        #expect(error(Array(Self.valid.dropFirst())) == .upgrade)
        #expect(error([("upgrade", "h2c")] + Self.valid.dropFirst()) == .upgrade)
        #expect(error([Self.valid[0], Self.valid[2]]) == .connection)
        #expect(error(Array(Self.valid.dropLast())) == .accept)
        #expect(error(Self.valid.dropLast() + [("Sec-WebSocket-Accept", "oRjiwsm8ZS/eLqIQ6p82z1wgGHE=")]) == .accept)
        #expect(error(Self.valid + [Self.valid[2]]) == .accept)
        #expect(error(Self.valid + [("Sec-WebSocket-Protocol", "other")]) == .subprotocol)
        #expect(
            error(Self.valid + [("Sec-WebSocket-Protocol", "chat"), ("Sec-WebSocket-Protocol", "chat")]) == .subprotocol
        )
        #expect(error(Self.valid + [("Sec-WebSocket-Extensions", "permessage-deflate")]) == .extensions)
    }
}
