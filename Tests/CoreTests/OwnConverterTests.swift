// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

/// A year of four digits, as Django's documentation has it.
struct FourDigitYear: PathConverter {
    let name = "yyyy"
    let shape = PathShape.sequence(Array(repeating: .digits, count: 4))

    func parse(_ text: Substring) -> (any Sendable)? { Int(text) }

    func format(_ value: any Sendable) -> String? {
        guard let year = value as? Int ?? (value as? String).flatMap({ Int($0) }), (0...9_999).contains(year) else {
            return nil
        }
        let digits = String(year)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// An id in hexadecimal digits.
struct HexID: PathConverter {
    let name = "hex"
    let shape = PathShape.oneOrMore(of: .lowercaseHexadecimal)

    func parse(_ text: Substring) -> (any Sendable)? { UInt32(text, radix: 16) }

    func format(_ value: any Sendable) -> String? {
        (value as? UInt32).map { String($0, radix: 16) }
            ?? (value as? Int).flatMap(UInt32.init(exactly:)).map {
                String($0, radix: 16)
            }
    }
}

@Suite("Own path converters, from match to reverse")
struct OwnConverterTests {
    private let page = Recorder<HTTP>()
    private let socket = Recorder<WebSocket>()

    @Test("A four-digit year: typed in the view, padded in the link, other lengths are no match")
    func year() async throws {
        let router = ProtocolTypeRouter(
            http: URLRouter(converters: [FourDigitYear()]) { Route("/archive/<yyyy:year>/", page, name: "archive") })
        try await router.requiredApplication(for: HTTP.self).run("/archive/0099/")
        #expect(try page.last?.route["year", as: Int.self] == 99)
        for path in ["/archive/99/", "/archive/00099/", "/archive/１９９９/", "/archive/19a9/", "/archive/%39%39%39%39/"] {
            await #expect(throws: RoutingError.self) {
                try await router.requiredApplication(for: HTTP.self).run(path)
            }
        }
        let urls = URLReverser(router)
        #expect(try urls.reverse("archive", ["year": 99]) == "/archive/0099/")
        #expect(try urls.reverse("archive", ["year": "2026"]) == "/archive/2026/")
        for wrong: any Sendable in [10_000, -1, "x", 1.5] {
            #expect(throws: RoutingError.self) { try urls.reverse("archive", ["year": wrong]) }
        }
    }

    @Test("A hexadecimal id; one too large for its type does not match and has no link")
    func hexadecimal() async throws {
        let router = ProtocolTypeRouter(
            webSocket: URLRouter(converters: [HexID()]) { Route("/device/<hex:id>", socket, name: "device") })
        try await router.requiredApplication(for: WebSocket.self).run("/device/ff")
        #expect(try socket.last?.route["id", as: UInt32.self] == 255)
        for path in ["/device/FF", "/device/1ffffffff", "/device/"] {
            await #expect(throws: RoutingError.self) {
                try await router.requiredApplication(for: WebSocket.self).run(path)
            }
        }
        let urls = URLReverser(router)
        #expect(try urls.reverse("device", ["id": 255], for: WebSocket.self) == "/device/ff")
        #expect(throws: RoutingError.self) { try urls.reverse("device", ["id": 1 << 40], for: WebSocket.self) }
    }

    @Test("What a format makes must have the converter's own shape: no slash comes in by it")
    func wrongFormat() throws {
        struct Careless: PathConverter {
            let name = "careless"
            let shape = PathShape.oneOrMore(of: .slug)
            func parse(_ text: Substring) -> (any Sendable)? { String(text) }
            func format(_ value: any Sendable) -> String? { "\(value)" }
        }
        let urls = URLReverser(
            ProtocolTypeRouter(http: URLRouter(converters: [Careless()]) { Route("/x/<careless:a>/", page, name: "x") })
        )
        #expect(try urls.reverse("x", ["a": "ok"]) == "/x/ok/")
        for text in ["a/b", "", "..", "a?b", "é"] {
            #expect(throws: RoutingError.self) { try urls.reverse("x", ["a": text]) }
        }
    }

    @Test("A mounted router knows the converters around it, through middleware and hosts, two levels deep")
    func inheritance() async throws {
        let inner = URLRouter { Route("/<yyyy:year>/<hex:id>/", page, name: "deep") }
        let middle = URLRouter(converters: [HexID()]) {
            Mount("/in", inner.wrapped(in: Tagging("a"), Tagging("b")))
        }
        let router = ProtocolTypeRouter(
            http: URLRouter(converters: [FourDigitYear()]) {
                Mount("/out", HostRouter(default: middle.wrapped(in: Tagging("c"))) {})
            })
        #expect(router.problems.isEmpty)
        try await router.requiredApplication(for: HTTP.self).run("/out/in/2026/1f/")
        #expect(try page.last?.route["id", as: UInt32.self] == 31)
        #expect(page.last?[Tagging.Tags.self] == ["c", "a", "b"])
        #expect(try URLReverser(router).reverse("deep", ["year": 7, "id": 31]) == "/out/in/0007/1f/")
        // Alone it does not know them, and says so.
        #expect(ProtocolTypeRouter(http: inner).problems.first?.code == .invalidPattern)
    }

    @Test("A router's own converter stands over an outer one and over a standard one of the same name")
    func precedence() async throws {
        struct Named: PathConverter {
            let name: String
            let value: String
            let shape = PathShape.oneOrMore(of: .segment)
            func parse(_ text: Substring) -> (any Sendable)? { value }
        }
        let router = URLRouter(converters: [Named(name: "which", value: "outer"), Named(name: "int", value: "own")]) {
            Mount(
                "/a",
                URLRouter(converters: [Named(name: "which", value: "inner")]) { Route("/<which:x>/<int:y>", page) })
            Route("/b/<which:x>", page)
        }
        try await router.run("/a/1/2")
        #expect(page.last.map { [$0.route["x"], $0.route["y"]] } == ["inner", "own"])
        try await router.run("/b/1")
        #expect(page.last?.route["x"] == "outer")
    }
}
