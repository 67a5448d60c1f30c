// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Origin and hosts")
struct OriginTests {
    private func isAllowed(_ origin: String?, _ validator: OriginValidator, host: String = "example.com") async throws
        -> Bool
    {
        var headers: HTTPFields = [.hostName: host]
        headers[.origin] = origin
        let answer = try #require(try await handshake(validator, headers: headers))
        #expect(answer.isAccept || answer.deniedStatus == 403)
        return answer.isAccept
    }

    @Test("channels test_origin_validator: an allowed host is let in, another gets 403 before anything is accepted")
    func exactHost() async throws {
        let validator = OriginValidator(allowed: ["allowed-domain.com"])
        #expect(try await isAllowed("http://allowed-domain.com", validator))
        #expect(try await isAllowed("https://allowed-domain.com:8443", validator), "a host alone: any scheme and port")
        for origin in ["http://bad-domain.com", "http://sub.allowed-domain.com", "http://allowed-domain.com.evil.org"] {
            #expect(try await !isAllowed(origin, validator))
        }
    }

    @Test("channels test_origin_validator: '*.allowed-domain.com' is no pattern and lets nothing in")
    func starIsNoPattern() async throws {
        let validator = OriginValidator(allowed: ["*.allowed-domain.com"])
        for origin in ["http://allowed-domain.com", "http://www.allowed-domain.com", "http://*.allowed-domain.com"] {
            #expect(try await !isAllowed(origin, validator))
        }
    }

    @Test("channels test_origin_validator: '.allowed-domain.com' lets the domain and all below in")
    func subdomains() async throws {
        let validator = OriginValidator(allowed: [".allowed-domain.com"])
        for origin in ["http://www.allowed-domain.com", "http://a.b.allowed-domain.com", "http://allowed-domain.com"] {
            #expect(try await isAllowed(origin, validator))
        }
        #expect(try await !isAllowed("http://notallowed-domain.com", validator))
    }

    @Test("channels test_origin_validator: '*' lets a client without any Origin in, nothing else does")
    func noOrigin() async throws {
        #expect(try await isAllowed(nil, OriginValidator(allowed: ["*"])))
        #expect(try await isAllowed("null", OriginValidator(allowed: ["*"])))
        #expect(try await !isAllowed(nil, OriginValidator(allowed: ["allowed-domain.com"])))
        #expect(try await !isAllowed(nil, OriginValidator(allowed: [])))
        #expect(try await !isAllowed(nil, OriginValidator()))
    }

    @Test("programs without Origin are let in where the site says so, other sites' pages still not")
    func missingOrigin() async throws {
        let validator = OriginValidator(allowsMissing: true)
        #expect(try await isAllowed(nil, validator))
        #expect(try await !isAllowed("null", validator))
        #expect(try await !isAllowed("", validator))
        #expect(try await !isAllowed("http://b.com", validator, host: "a.com"))
        #expect(try await isAllowed("http://a.com", validator, host: "a.com"))
    }

    @Test(
        "channels W5: scheme and port count where the pattern has a scheme; ports default to 80 and 443",
        arguments: [
            ("http://a.com", "http://a.com", true), ("http://a.com", "http://a.com:80", true),
            ("http://a.com:80", "http://a.com", true), ("http://a.com", "http://a.com:8080", false),
            ("http://a.com", "https://a.com", false), ("https://a.com", "https://a.com:443", true),
            ("https://a.com:8443", "https://a.com:8443", true), ("https://a.com:8443", "https://a.com", false),
            ("http://.a.com", "http://x.a.com", true), ("http://.a.com:81", "http://x.a.com:81", true),
            ("http://.a.com", "https://x.a.com", false), ("HTTP://A.com", "http://a.COM", true),
            ("http://[::1]:8000", "http://[::1]:8000", true), ("http://[::1]:8000", "http://[::1]", false),
        ])
    func schemes(pattern: String, origin: String, expected: Bool) async throws {
        #expect(try await isAllowed(origin, OriginValidator(allowed: [pattern])) == expected)
    }

    @Test(
        "What is no origin is refused",
        arguments: [
            "null", "", "a.com", "//a.com", "http://", "http://a.com/", "http://a.com/path",
            "http://a.com http://b.com",
            "http://user@a.com", "http://a.com:port", "http://a.com:99999", "http://a.com\\b", "http://a.com#",
            "://a.com",
        ])
    func malformed(origin: String) async throws {
        #expect(try await !isAllowed(origin, OriginValidator(allowed: ["a.com", "http://a.com", ".com"])))
        #expect(try await !isAllowed(origin, OriginValidator(), host: "a.com"))
    }

    @Test(
        "By default a socket is let in from the pages of its own host",
        arguments: [
            ("ws", "localhost:8000", "http://localhost:8000", true),
            ("ws", "localhost", "http://localhost:8000", false),
            ("ws", "localhost:8000", "http://localhost", false), ("ws", "example.com", "http://example.com:80", true),
            ("ws", "example.com", "https://example.com", true), ("wss", "example.com", "https://example.com", true),
            ("wss", "example.com", "http://example.com", false),
            ("wss", "example.com:443", "https://example.com", true),
            ("wss", "[::1]:8443", "https://[::1]:8443", true), ("wss", "EXAMPLE.com", "https://example.COM", true),
            ("ws", "example.com", "ftp://example.com", false), ("ws", "", "http://example.com", false),
            ("ws", "example.com", "http://www.example.com", false),
        ])
    func sameHost(scheme: String, host: String, origin: String, expected: Bool) async throws {
        let answer = try await handshake(
            OriginValidator(), scheme: scheme, headers: [.hostName: host, .origin: origin])
        #expect(answer?.isAccept == expected)
    }

    @Test("Two Origin fields are no origin")
    func twoOrigins() async throws {
        var headers: HTTPFields = [.hostName: "a.com", .origin: "http://a.com"]
        headers.append(HTTPField(name: .origin, value: "http://a.com"))
        #expect(try await handshake(OriginValidator(), headers: headers)?.deniedStatus == 403)
    }

    @Test("The origin validator leaves HTTP alone")
    func httpPasses() async throws {
        let exchange = Exchange(headers: [.origin: "http://evil.com"])
        #expect(try await exchange.run(OriginValidator(allowed: [])) { _ in .text("ok") }.status == .ok)
    }

    @Test(
        "A foreign Host is 400, for requests and handshakes",
        arguments: [
            ("localhost", true), ("localhost:8000", true), ("app.localhost", true), ("127.0.0.1:1", true),
            ("[::1]", true),
            ("[::1]:8000", true), ("LOCALHOST.", true), ("example.com", false), ("localhost.evil.com", false),
            ("evil.com:localhost", false), ("localhost:8000:1", false), ("localhost@evil.com", false), ("", false),
            ("localhost/evil", false), ("[::1", false), ("127.0.0.1.evil.com", false), ("localhost, localhost", false),
        ])
    func allowedHosts(host: String, expected: Bool) async throws {
        let answer = try await Exchange(headers: [.hostName: host]).run(ErrorPages(), AllowedHosts()) { _ in .text("") }
        #expect(answer.status == (expected ? .ok : .badRequest))
        let socket = try await handshake(AllowedHosts(), headers: [.hostName: host])
        #expect(socket?.isAccept == expected && (expected || socket?.deniedStatus == 400))
    }

    @Test("Allowed hosts: patterns as Django's; a request without Host is refused")
    func hostPatterns() async throws {
        func isAllowed(_ host: String, _ patterns: [String]) async throws -> Bool {
            let answer = try await Exchange(headers: [.hostName: host]).run(ErrorPages(), AllowedHosts(patterns)) { _ in
                .text("")
            }
            return answer.status == .ok
        }
        #expect(try await isAllowed("www.example.com", [".example.com"]))
        #expect(try await isAllowed("example.com", [".example.com"]))
        #expect(try await isAllowed("anything.org:1", ["*"]))
        #expect(try await !isAllowed("a/b", ["*"]))
        #expect(try await !isAllowed("www.example.com", ["example.com", "*.example.com"]))
        #expect(try await Exchange().run(ErrorPages(), AllowedHosts()) { _ in .text("") }.status == .badRequest)
    }
}
