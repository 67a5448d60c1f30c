// SPDX-License-Identifier: Apache-2.0

import SluiceWebSocket
import Testing

@Suite("Server handshake")
struct ServerHandshakeTests {
    static let valid: [WebSocketHandshake.Header] = [
        ("Host", "localhost"), ("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"),
        ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    /// The valid request with the fields of one name replaced by `values`.
    static func changed(_ name: String, _ values: [String]) -> [WebSocketHandshake.Header] {
        valid.filter { $0.name != name } + values.map { (name, $0) }
    }

    func error(
        _ headers: [WebSocketHandshake.Header], method: String = "GET", minor: Int = 1
    ) -> HandshakeError? {
        do throws(HandshakeError) {
            _ = try WebSocketHandshake.validate(method: method, httpMinorVersion: minor, headers: headers)
            return nil
        } catch {
            return error
        }
    }

    @Test("RFC 6455 §4.2.1: a valid request, with names and tokens in any case")
    func accepts() throws {
        let headers: [WebSocketHandshake.Header] = [
            ("hOST", "example.com:8080"), ("UPGRADE", "h2c, WebSocket"), ("connection", "close"),
            ("Connection", " UPGRADE\t"), ("sec-websocket-version", " 13 "),
            ("sec-websocket-KEY", " mnwFxiOlctXFN/DeMt1Amg== "), ("Content-Length", "0"),
            ("Sec-WebSocket-Protocol", "chat, superchat"), ("Sec-WebSocket-Protocol", "v2.chat,,chat"),
            ("Sec-WebSocket-Extensions", #"permessage-deflate; x="a,\"b,", other"#),
            ("Sec-WebSocket-Extensions", "third"),
        ]
        let request = try WebSocketHandshake.validate(method: "GET", httpMinorVersion: 1, headers: headers)
        #expect(request.key == "mnwFxiOlctXFN/DeMt1Amg==")
        #expect(request.subprotocols == ["chat", "superchat", "v2.chat"])
        #expect(request.extensions == [#"permessage-deflate; x="a,\"b,""#, "other", "third"])
    }

    @Test("RFC 6455 §4.2.1: a request without offers")
    func acceptsPlain() throws {
        let request = try WebSocketHandshake.validate(method: "GET", httpMinorVersion: 1, headers: Self.valid)
        #expect(request.subprotocols == [] && request.extensions == [])
    }

    @Test("RFC 6455 §4.2.1: only GET, 405 with Allow otherwise", arguments: ["POST", "HEAD", "CONNECT", "get"])
    func method(_ method: String) {
        let error = error(Self.valid, method: method)
        #expect(error?.code == .method && error?.status == 405)
        #expect(error?.headers.map(\.name) == ["Allow"] && error?.headers.map(\.value) == ["GET"])
    }

    @Test("RFC 6455 §4.2.1: HTTP/1.0 cannot upgrade")
    func version10() {
        let error = error(Self.valid, minor: 0)
        #expect(error?.code == .httpVersion && error?.status == 400)
    }

    @Test(
        "RFC 6455 §4.4: another version is answered with 426 and the one spoken",
        arguments: [[], ["8"], ["12"], ["14"], ["013"], ["13, 8"], [""]])
    func version(values: [String]) {
        let error = error(Self.changed("Sec-WebSocket-Version", values))
        #expect(error?.code == .version && error?.status == 426)
        #expect(error?.headers.contains { $0.name == "Sec-WebSocket-Version" && $0.value == "13" } == true)
        // RFC 9110 §15.5.22: a 426 names the protocol to upgrade to.
        #expect(error?.headers.contains { $0.name == "Upgrade" && $0.value == "websocket" } == true)
    }

    @Test("RFC 6455 §4.2.1: the version stands once")
    func versionTwice() {
        let error = error(Self.changed("Sec-WebSocket-Version", ["13", "13"]))
        #expect(error?.code == .version && error?.status == 400)
    }

    @Test(
        "RFC 6455 §4.2.1: exactly one key, base64 of 16 bytes",
        arguments: [
            [], [""], ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="], ["dGhlIHNhbXBsZSBub25jZQ"],
            ["dGhlIHNhbXBsZSBub25jZQ=A"], ["dGhlIHNhbXBsZSBub25jZ==="], ["dGhlIHNhbXBsZSBub25jZSE="],
            ["dGhlIHNhbXBsZSBub25jZQ==="], ["dGhlIHNhbXBs SBub25jZQ=="], ["dGhlIHNhbXBsZSBub25-_Q=="],
            ["=========ZSBub25jZQ=="], ["AAAAAAAAAAAAAAAAAAAAé=="],
        ])
    func key(values: [String]) {
        let error = error(Self.changed("Sec-WebSocket-Key", values))
        #expect(error?.code == .key && error?.status == 400)
    }

    @Test("RFC 6455 §4.2.1: a key of 22 random characters, whose last bits are not 0, is taken")
    func keyWithUnusedBits() {
        #expect(error(Self.changed("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZ/=="])) == nil)
    }

    @Test("RFC 6455 §4.2.1: exactly one Host", arguments: [[], ["a", "b"], ["a", "a"], [""]])
    func host(values: [String]) {
        let error = error(Self.changed("Host", values))
        #expect(error?.code == .host && error?.status == 400)
    }

    @Test(
        "RFC 6455 §4.2.1: Upgrade names websocket",
        arguments: [[], ["h2c"], ["websocket2"], ["web socket"], ["websoc\u{212A}et"]])
    func upgrade(values: [String]) {
        let headers = Self.changed("Upgrade", values)
        #expect(error(headers)?.code == .upgrade && error(headers)?.status == 400)
        #expect(!WebSocketHandshake.isRequested(by: headers))
    }

    @Test("RFC 6455 §4.2.1: Connection names upgrade", arguments: [[], ["keep-alive"], ["upgraded"], ["\"upgrade\""]])
    func connection(values: [String]) {
        let headers = Self.changed("Connection", values)
        #expect(error(headers)?.code == .connection && error(headers)?.status == 400)
        #expect(!WebSocketHandshake.isRequested(by: headers))
        #expect(WebSocketHandshake.isRequested(by: Self.valid))
    }

    @Test(
        "No body before the frames: request smuggling",
        arguments: [("Content-Length", "1"), ("content-length", "+0"), ("Transfer-Encoding", "chunked")])
    func body(name: String, value: String) {
        let error = error(Self.valid + [(name, value)])
        #expect(error?.code == .body && error?.status == 400)
    }

    @Test("RFC 6455 §4.1: a subprotocol is a token", arguments: ["a b", "chat;q=1", "\"chat\"", "聊天", "a\r\nX: y"])
    func subprotocol(value: String) {
        let error = error(Self.valid + [("Sec-WebSocket-Protocol", value)])
        #expect(error?.code == .subprotocol && error?.status == 400)
    }

    @Test("Hostile lists end in a result", arguments: ["\"", "\\", "a\"b\\", ",,,", "\"\\\"", "\u{301}, websocket"])
    func hostileLists(value: String) throws {
        let headers = Self.valid + [("Sec-WebSocket-Extensions", value), ("Upgrade", value)]
        #expect(error(headers) == nil)
    }
}
