// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import Testing

@testable import SluiceServer

@Suite("Forwarded fields and those whom they are believed")
struct ForwardingTests {
    /// What a request looks like that came with these fields from a peer; `refused` where it is.
    private func seen(
        _ fields: [(String, String)], from peer: String? = "10.0.0.1", trusting list: [String] = ["10.0.0.0/8", "::1"],
        webSocket: Bool = false
    ) throws -> String {
        var scope = webSocket ? Scope(SluiceCore.WebSocket.self) : Scope(HTTP.self)
        scope.scheme = webSocket ? "ws" : "http"
        scope.client = Endpoint(host: peer ?? "peer", port: 5)
        for (name, value) in [("Host", "inner:8000")] + fields {
            scope.headers.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        let forwarding = Forwarding(try TrustedProxies(list))
        let address = try peer.map { try SocketAddress(ipAddress: $0, port: 5) }
        do throws(Forwarding.Malformed) {
            try forwarding.apply(to: &scope, from: address)
        } catch {
            return "refused"
        }
        let client = scope.client.map { $0.port == 5 && $0.host == (peer ?? "peer") ? "peer" : "\($0)" } ?? "-"
        let host = try #require(HTTPField.Name("host"))
        return "\(scope.scheme) \(client) \(scope.headers[host] ?? "-")\(scope.rootPath)"
    }

    private static let untouched = "http peer inner:8000"

    @Test("nobody is believed by default, and a stranger never")
    func strangers() throws {
        let fields = [
            ("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil"),
            ("X-Forwarded-Prefix", "/evil"), ("Forwarded", "for=1.2.3.4"),
        ]
        #expect(try seen(fields, trusting: []) == Self.untouched)
        #expect(try seen(fields, from: "11.0.0.1") == Self.untouched)
        #expect(try seen(fields, from: nil) == Self.untouched)
        #expect(try seen(fields, from: nil, trusting: ["unix"]) == "https 1.2.3.4 evil/evil")
        #expect(try seen(fields, from: "11.0.0.1", trusting: ["*"]) == "https 1.2.3.4 evil/evil")
        #expect(try seen(fields, from: "::ffff:10.9.9.9") == "https 1.2.3.4 evil/evil")
        #expect(try seen([]) == Self.untouched)
    }

    @Test(
        "X-Forwarded-For is read backwards up to the first that is not trusted",
        arguments: [
            ("1.2.3.4", "1.2.3.4"), ("6.6.6.6, 1.2.3.4", "1.2.3.4"), ("6.6.6.6, 1.2.3.4 ,10.0.0.2,10.0.0.3", "1.2.3.4"),
            ("10.0.0.9, 10.0.0.2", "10.0.0.9"), ("6.6.6.6, garbage", "-"), ("6.6.6.6,unknown,10.0.0.2", "-"),
            ("1.2.3.4:567", "1.2.3.4:567"), ("[2001:db8::1]:80", "[2001:db8::1]:80"), ("2001:db8::1", "2001:db8::1"),
            ("6.6.6.6, ::1", "6.6.6.6"), ("fe80::1%eth0", "-"), ("1.2.3.4:99999", "1.2.3.4"), ("1.2.3", "-"),
            ("", "peer"),
            (",,", "peer"),
        ])
    func clients(list: String, client: String) throws {
        #expect(try seen([("X-Forwarded-For", list)]) == "http \(client) inner:8000")
    }

    @Test("several lines of a field are one list (RFC 9110 §5.3)")
    func lines() throws {
        #expect(
            try seen([("X-Forwarded-For", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4"), ("X-Forwarded-For", "10.0.0.2")])
                == "http 1.2.3.4 inner:8000")
        #expect(
            try seen([("Forwarded", "for=6.6.6.6"), ("Forwarded", "for=1.2.3.4;proto=https")])
                == "https 1.2.3.4 inner:8000")
    }

    @Test("scheme, host, port and prefix")
    func companions() throws {
        #expect(try seen([("X-Forwarded-Proto", "HTTPS")]) == "https peer inner:8000")
        #expect(try seen([("X-Forwarded-Proto", "wss")], webSocket: true) == "wss peer inner:8000")
        #expect(try seen([("X-Forwarded-Proto", "https")], webSocket: true) == "wss peer inner:8000")
        #expect(try seen([("X-Forwarded-Proto", "ftp")]) == "refused")
        #expect(try seen([("X-Forwarded-Host", "a.example")]) == "http peer a.example")
        #expect(
            try seen([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Port", "8443")]) == "http peer a.example:8443")
        #expect(try seen([("X-Forwarded-Host", "a.example"), ("X-Forwarded-Port", "80")]) == "http peer a.example")
        #expect(
            try seen([("X-Forwarded-Host", "[::2]"), ("X-Forwarded-Port", "443"), ("X-Forwarded-Proto", "https")])
                == "https peer [::2]")
        #expect(try seen([("X-Forwarded-Host", "a:1"), ("X-Forwarded-Port", "2")]) == "http peer a:1")
        for host in ["a b", "a/b", "user@a"] { #expect(try seen([("X-Forwarded-Host", host)]) == "refused") }
        for port in ["0", "65536", "x", "-1"] { #expect(try seen([("X-Forwarded-Port", port)]) == "refused") }
        #expect(try seen([("X-Forwarded-Prefix", "/app/")]) == "http peer inner:8000/app")
        #expect(try seen([("X-Forwarded-Prefix", "/")]) == Self.untouched)
        for prefix in ["app", "//evil", "/a?b", "/a\\b"] {
            #expect(try seen([("X-Forwarded-Prefix", prefix)]) == "refused")
        }
    }

    @Test("where each proxy has added a value, that of the client's hop counts")
    func hops() throws {
        let fields = [
            ("X-Forwarded-For", "6.6.6.6, 1.2.3.4, 10.0.0.2"), ("X-Forwarded-Proto", "http, https, http"),
            ("X-Forwarded-Host", "spoofed, outer, inner"),
        ]
        #expect(try seen(fields) == "https 1.2.3.4 outer")
        #expect(try seen([fields[0], ("X-Forwarded-Proto", "https")]) == "https 1.2.3.4 inner:8000")
    }

    @Test(
        "RFC 7239 §4, §6: Forwarded",
        arguments: [
            ("for=1.2.3.4", "http 1.2.3.4 inner:8000"),
            ("For=\"[2001:db8::1]:80\"", "http [2001:db8::1]:80 inner:8000"),
            ("for=1.2.3.4;proto=https;by=10.0.0.1;host=a.example", "https 1.2.3.4 a.example"),
            ("for=6.6.6.6;host=evil, for=1.2.3.4;host=outer , for=10.0.0.2;host=inner", "http 1.2.3.4 outer"),
            ("for=_hidden", "http - inner:8000"), ("for=unknown;proto=https", "https - inner:8000"),
            ("proto=https", "https peer inner:8000"), (",for=1.2.3.4,", "http 1.2.3.4 inner:8000"),
            ("for=\"1.2.3.4\" ; proto=https", "https 1.2.3.4 inner:8000"),
            ("for=\"\\1.2.3.4\"", "http 1.2.3.4 inner:8000"), ("ext=\"a,b;c\";for=1.2.3.4", "http 1.2.3.4 inner:8000"),
            ("for=1.2.3.4;for=5.6.7.8", "refused"), ("for", "refused"), ("for=", "refused"),
            ("for=\"1.2.3.4", "refused"),
            ("=x", "refused"), ("for=1.2.3.4 proto=https", "refused"), ("for=1.2.3.4;", "refused"), ("", "refused"),
            ("for=1.2.3.4;host=\"a b\"", "refused"), ("for=1.2.3.4;proto=gopher", "refused"),
        ])
    func standard(field: String, expected: String) throws {
        #expect(try seen([("Forwarded", field)]) == expected)
    }

    @Test("a proxy writes one of both; what the client has sent as the other must not contradict it")
    func both() throws {
        #expect(
            try seen([("Forwarded", "for=1.2.3.4;proto=https"), ("X-Forwarded-For", "1.2.3.4")])
                == "https 1.2.3.4 inner:8000")
        #expect(try seen([("Forwarded", "for=6.6.6.6"), ("X-Forwarded-For", "1.2.3.4")]) == "refused")
        #expect(try seen([("Forwarded", "for=_x"), ("X-Forwarded-For", "1.2.3.4")]) == "refused")
    }

    @Test(
        "addresses and ranges of proxies",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "::1", false), ("::/0", "1.2.3.4", true), ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe00::1", false), ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("::ffff:0:0/96", "9.9.9.9", true), ("10.1.2.4/31", "10.1.2.5", true), ("10.1.2.4/31", "10.1.2.6", false),
        ])
    func ranges(range: String, address: String, isTrusted: Bool) throws {
        let proxies = try TrustedProxies([range])
        #expect(proxies.contains(try #require(IPAddress(address))) == isTrusted)
    }

    @Test(
        "what is no range is named",
        arguments: [
            "", "localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.1/8", "::/129", "10.0.0/8", "1.2.3.4/x",
            "fe80::1%eth0",
        ])
    func badRanges(text: String) {
        let error = #expect(throws: ServerError.self) { try TrustedProxies([text]) }
        #expect(error?.code == .invalidAddress && error?.description.contains("'\(text)'") == true)
    }

    @Test("a root path of the configuration is every scope's")
    func rootPath() throws {
        var configuration = ServerConfiguration()
        try configuration.setRootPath("/app/")
        #expect(configuration.rootPath == "/app")
        #expect(throws: ServerError.self) { try configuration.setRootPath("app") }
    }
}
