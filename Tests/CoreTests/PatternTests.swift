// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

@Suite("Path patterns and Django's converters")
struct PatternTests {
    private func matches(_ pattern: String, _ path: String) async throws -> RouteMatch? {
        let application = Recorder<HTTP>()
        do {
            try await URLRouter { Route(pattern, application) }.run(path)
        } catch let error as RoutingError where error.code == .noRoute {}
        return application.last?.route
    }

    private static let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"

    @Test(
        "django/urls/converters.py: what each converter takes",
        arguments: [
            ("<int:x>", "0", true), ("<int:x>", "007", true), ("<int:x>", "9223372036854775807", true),
            ("<int:x>", "9223372036854775808", false), ("<int:x>", "-1", false), ("<int:x>", "+1", false),
            ("<int:x>", "", false), ("<int:x>", "１", false), ("<int:x>", "1/", false),
            ("<str:x>", "a b", true), ("<str:x>", "聊天", true), ("<x>", "é", true), ("<x>", "a/b", false),
            ("<x>", "", false),
            ("<slug:x>", "a-B_9", true), ("<slug:x>", "a.b", false), ("<slug:x>", "聊", false),
            ("<uuid:x>", uuid, true), ("<uuid:x>", uuid.uppercased(), false),
            ("<uuid:x>", String(uuid.dropLast()), false),
            ("<uuid:x>", uuid + "0", false), ("<uuid:x>", uuid.replacing("-", with: "0"), false),
            ("<path:x>", "a/b/", true), ("<path:x>", "/", true), ("<path:x>", "a\nb", false), ("<path:x>", "", false),
        ])
    func converters(pattern: String, text: String, isTaken: Bool) async throws {
        let match = try await matches("/c/" + pattern, "/c/" + text)
        #expect((match != nil) == isTaken)
        if isTaken, pattern != "<int:x>" { #expect(match?["x"] == text) }
    }

    @Test("A capture may stand between text, and several in one segment: the first takes as much as it can")
    func adjacent() async throws {
        #expect(try await matches("/report-<int:year>.pdf", "/report-2026.pdf")?["year", as: Int.self] == 2026)
        #expect(try await matches("/report-<int:year>.pdf", "/report-2026.pdfx") == nil)
        let dashes = try await matches("/<a>-<b>/", "/1-2-3/")
        #expect(dashes.map { [$0["a"], $0["b"]] } == ["1-2", "3"])
        let digits = try await matches("/<int:a><int:b>/", "/123/")
        #expect(digits.map { [$0["a"], $0["b"]] } == ["12", "3"])
        #expect(try await matches("/<path:file>/edit/", "/a/edit/b/edit/")?["file"] == "a/edit/b")
        #expect(try await matches("/<path:file>/edit/", "/edit/") == nil)
        let scalars = try await matches("/<a><b>/", "/聊天/")
        #expect(scalars.map { [$0["a"], $0["b"]] } == ["聊", "天"])
        #expect(try await matches("/<a><b>/", "/聊/") == nil)
        #expect(try await matches("/<a>聊<b>", "/x聊聊y")?["a"] == "x聊")
        #expect(try await matches("/<a><uuid:b><c>", "/xyz\(Self.uuid)-z")?["b"] == Self.uuid)
    }

    @Test("A pattern with many choices takes linear time on a hostile path")
    func hostile() async throws {
        let path = "/" + String(repeating: "-", count: 60_000) + "/"
        #expect(try await matches("/<a>-<b>-<c>-<d>-<e>!", path) == nil)
        #expect(try await matches("/<path:a>/<path:b>/<path:c>/x", String(repeating: "/", count: 60_000)) == nil)
    }

    @Test("The leading slash of a pattern is optional; text compares by its bytes")
    func literals() async throws {
        #expect(try await matches("a/", "/a/") != nil)
        #expect(try await matches("/a/", "/a/") != nil)
        #expect(try await matches("//a/", "/a/") == nil)
        #expect(try await matches("/聊天/", "/聊天/") != nil)
        #expect(try await matches("/caf\u{E9}/", "/cafe\u{301}/") == nil)
        #expect(try await matches("/a.c/", "/abc/") == nil)
        #expect(try await matches("/(a)*/", "/(a)*/") != nil)
    }

    @Test(
        "What cannot be read is refused, with the reason",
        arguments: [
            ("/<int:>/", "name"), ("/<>/", "name"), ("/<1a>/", "name"), ("/<a b>/", "name"), ("/<int:a/", "brackets"),
            ("/a>/", "brackets"), ("/<<a>>/", "name"), ("/<a>/<int:a>/", "two captures"),
            ("/<inte:a>/", "no converter 'inte'"),
            ("/<:a>/", "converter's name"),
        ])
    func invalid(pattern: String, reason: String) async throws {
        let router = URLRouter { Route(pattern, Recorder<HTTP>()) }
        let refusal = await #expect(throws: RoutingError.self) { try await router.run("/a/") }
        let error = try #require(refusal)
        #expect(error.code == .invalidPattern)
        #expect(error.description.contains(reason))
        #expect(error.description.contains(pattern))
        let nested = URLRouter { Mount("/x", router.wrapped(in: Tagging("t"))) }
        #expect(throws: error) { try ProtocolTypeRouter(http: nested).validate() }
    }

    @Test("The comparison key knows converters, not the captures' names")
    func canonical() {
        #expect(RoutePattern("/room/<group>/").canonical == "/room/<str>/")
        #expect(RoutePattern("room/<str:other>/").canonical == "/room/<str>/")
        #expect(RoutePattern("/room/<int:id>/").canonical == "/room/<int>/")
        #expect(RoutePattern("").canonical == "/")
        #expect(RoutePattern("/<").canonical == nil)
        #expect(RoutePattern(#/a/#).canonical == nil)
    }

    @Test("An own converter has its own text and value; what it cannot read does not match")
    func ownConverter() async throws {
        struct Month: PathConverter {
            let name = "month"
            let shape = PathShape.sequence([.digits, .digits])

            func parse(_ text: Substring) -> (any Sendable)? {
                Int(text).flatMap { (1...12).contains($0) ? $0 : nil }
            }
        }
        let application = Recorder<HTTP>()
        let router = URLRouter(converters: [Month()]) { Route("/<month:m>", application) }
        try await router.run("/07")
        #expect(try application.last?.route["m", as: Int.self] == 7)
        for path in ["/13", "/7", "/007"] {
            await #expect(throws: RoutingError.self) { try await router.run(path) }
        }
        #expect(Month().format("07") == "07")
        #expect(Month().format(13) == nil)
        #expect(StandardConverter.int.format(42) == "42")
        #expect(StandardConverter.int.format(-42) == nil)
        #expect(StandardConverter.str.format("a/b") == nil)
    }

    @Test("A capture of another type or name is an error that says so")
    func typedAccess() async throws {
        let match = try #require(try await matches("/<int:id>", "/5"))
        #expect(match["id"] == "5")
        let wrong = #expect(throws: RoutingError.self) { try match["id", as: String.self] }
        #expect(wrong?.description == "the capture 'id' is a Int, not a String")
        #expect(throws: RoutingError(.noSuchCapture, "the route has no capture named 'x'")) {
            try match["x", as: Int.self]
        }
    }

    @Test("The error of a missing route shows the path escaped and cut")
    func shown() async throws {
        let router = URLRouter { Route("/a/", Recorder<WebSocket>()) }
        let error = await #expect(throws: RoutingError.self) { try await router.run("/x\r\nInjected: \"1\"") }
        #expect(error?.description == #"no websocket route matches "/x\r\nInjected: \"1\"""#)
        let long = await #expect(throws: RoutingError.self) {
            try await router.run("/" + String(repeating: "x", count: 9_000))
        }
        #expect((long?.description.count).map { $0 < 300 } == true)
    }
}
