// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import SluiceCore
import Testing

@testable import SluiceServer

@Suite("Scopes of requests")
struct RequestScopeTests {
    private func make(
        _ target: String = "/", method: HTTPMethod = .GET, minor: Int = 1,
        _ headers: [(String, String)] = [("Host", "a")], isSecure: Bool = false,
        limits: ServerConfiguration.HTTPLimits = .init()
    ) throws(RequestScope.Refusal) -> RequestScope {
        let head = HTTPRequestHead(
            version: .init(major: 1, minor: minor), method: method, uri: target, headers: HTTPHeaders(headers))
        var configuration = ServerConfiguration()
        configuration.http = limits
        return try RequestScope(
            head, on: EmbeddedChannel(), isSecure: isSecure, security: nil, configuration: configuration,
            state: LifespanState(), connection: ConnectionContext())
    }

    private func status(
        _ target: String = "/", method: HTTPMethod = .GET, minor: Int = 1,
        _ headers: [(String, String)] = [("Host", "a")]
    ) -> Int? {
        do throws(RequestScope.Refusal) {
            _ = try make(target, method: method, minor: minor, headers)
            return nil
        } catch {
            return error.status.code
        }
    }

    private static let handshake = [
        ("Host", "a"), ("Upgrade", "websocket"), ("Connection", "keep-alive, Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "mnwFxiOlctXFN/DeMt1Amg=="),
    ]

    @Test("a request's scope has every field of ASGI")
    func fields() throws {
        let scope = try make("/foo%2Fbar?a=b", method: .POST, [("Host", "a"), ("X-Two", "1"), ("x-two", "2")]).scope
        #expect(scope.type == "http" && scope.httpVersion == "1.1" && scope.method == .post && scope.scheme == "http")
        #expect(scope.path == "/foo/bar" && scope.rawPath == "/foo%2Fbar" && scope.queryString == "a=b")
        #expect(scope.headers.map { "\($0.name.canonicalName)=\($0.value)" } == ["host=a", "x-two=1", "x-two=2"])
        #expect(scope.subprotocols.isEmpty && scope.rootPath.isEmpty && scope.tls == nil)
        #expect(try make(minor: 0, []).scope.httpVersion == "1.0")
        #expect(try make(isSecure: true).scope.scheme == "https")
    }

    @Test("RFC 6455 §4.2.1: a handshake's scope is a WebSocket's", arguments: [false, true])
    func handshake(isSecure: Bool) throws {
        let request = try make(
            "/ws?x", Self.handshake + [("Sec-WebSocket-Protocol", "one, two")], isSecure: isSecure)
        #expect(request.scope.type == "websocket" && request.scope.scheme == (isSecure ? "wss" : "ws"))
        #expect(request.scope.subprotocols == ["one", "two"] && request.scope.queryString == "x")
        guard case .webSocket = request.kind else { throw CancellationError() }
    }

    @Test("RFC 6455 §4.4: a handshake of another version is told which one we speak")
    func version() {
        let headers = Self.handshake.filter { $0.0 != "Sec-WebSocket-Version" } + [("Sec-WebSocket-Version", "8")]
        do throws(RequestScope.Refusal) {
            _ = try make(headers)
            Issue.record("it was taken")
        } catch {
            let name = HTTPField.Name("sec-websocket-version")
            #expect(error.status.code == 426 && name.flatMap { error.headers[$0] } == "13")
        }
    }

    private func make(_ headers: [(String, String)]) throws(RequestScope.Refusal) -> RequestScope {
        try make("/", method: .GET, headers)
    }

    @Test("RFC 9110 §7.8: another protocol is not taken up; the request is a plain one")
    func otherUpgrade() throws {
        let request = try make([("Host", "a"), ("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings")])
        guard case .http = request.kind else { throw CancellationError() }
    }

    @Test("RFC 9112 §3.2: exactly one valid Host, which HTTP/1.0 may leave out")
    func host() {
        #expect(status([]) == 400)
        #expect(status([("Host", "a"), ("Host", "a")]) == 400)
        #expect(status([("Host", "a b")]) == 400)
        #expect(status([("Host", "a/b")]) == 400)
        #expect(status([("Host", "u@a")]) == 400)
        #expect(status([("Host", "")]) == nil)
        #expect(status([("Host", "[::1]:80")]) == nil)
        #expect(status(minor: 0, []) == nil)
        #expect(status(minor: 0, [("Host", "a"), ("Host", "b")]) == 400)
    }

    private func status(_ headers: [(String, String)]) -> Int? { status("/", method: .GET, headers) }

    @Test("RFC 9112 §3.2.2: the host of an absolute target takes Host's place")
    func absolute() throws {
        let scope = try make("http://b:81/x", [("Host", "a")]).scope
        #expect(scope.path == "/x" && HTTPField.Name("host").map { scope.headers[values: $0] } == ["b:81"])
    }

    @Test("RFC 9110 §9.3: methods and targets")
    func methods() {
        #expect(status("a:80", method: .CONNECT) == 501)
        #expect(status("*", method: .OPTIONS) == nil)
        #expect(status("*") == 400)
        #expect(status("a") == 400)
        #expect(status("/" + String(repeating: "a", count: 8 << 10)) == 414)
        #expect(status("/" + String(repeating: "a", count: (8 << 10) - 1)) == nil)
    }

    @Test(
        "RFC 9110 §5.5: control characters in values are refused",
        arguments: [
            "a\u{0B}b", "a\u{0C}b", "a\u{1C}b", "a\u{1D}b", "a\u{1E}b", "a\u{85}b", "a\0b", "a\rb", "a\nb", "a\u{7F}b",
            "\u{80}",
        ])
    func controls(value: String) {
        #expect(status([("Host", "a"), ("X-A", value)]) == 400)
    }

    @Test(
        "RFC 9110 §5.5: other values arrive unchanged",
        arguments: ["", "a\tb", "é", "\u{A0}", "\u{C285}", "😀", "~!@#$%^&*()"])
    func values(value: String) throws {
        let scope = try make([("Host", "a"), ("X-A", value)]).scope
        #expect(HTTPField.Name("x-a").map { scope.headers[values: $0] } == [value])
    }

    @Test("RFC 9110 §5.1: names are tokens; those with an underscore are dropped")
    func names() throws {
        for name in ["a b", "a\0", "\u{1}", "é", "", "a:"] {
            #expect(status([("Host", "a"), (name, "x")]) == 400)
        }
        #expect(try make([("Host", "a"), ("X_Forwarded_For", "x"), ("X-B", "y")]).scope.headers.count == 2)
    }
}
