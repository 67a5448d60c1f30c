// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceWeb
import Testing

@Suite("Requests")
struct RequestTests {
    @Test("WHATWG URL §5.1: names and values are percent-decoded, + is a space")
    func queryDecoding() throws {
        let query = try Exchange(.get, "/?a=1&b=x+y%20z&%E8%81%8A=%E5%A4%A9&empty&a=2&=v").request.query
        #expect(query["a"] == "2")
        #expect(query.all("a") == ["1", "2"])
        #expect(query["b"] == "x y z")
        #expect(query["聊"] == "天")
        #expect(query["empty"] == "")
        #expect(query[""] == "v")
        #expect(query["none"] == nil)
    }

    @Test(
        "Bad escapes stay as they are, bytes that are not UTF-8 are replaced",
        arguments: [
            ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%4g", "%4g"), ("a%%41", "a%A"), ("%ff", "\u{fffd}"),
            ("%c3%28", "\u{fffd}("), ("%00", "\u{0}"), ("%2541", "%41"),
        ])
    func badEscapes(sent: String, decoded: String) throws {
        #expect(try Exchange(.get, "/?v=\(sent)").request.query["v"] == decoded)
    }

    @Test("1,000 fields are read, 10,000 are refused with 400")
    func tooManyFields() throws {
        let field = "a=1&"
        #expect(try FormFields(parsing: String(repeating: field, count: 1_000)).fields.count == 1_000)
        let error = #expect(throws: HTTPError.self) {
            try Exchange(.get, "/?" + String(repeating: field, count: 10_000)).request.query
        }
        #expect(error?.status == .badRequest)
        #expect(error?.code == "too_many_fields")
    }

    @Test("A form is read from its body and from nothing else")
    func form() async throws {
        let request = Exchange.form("/?name=query", "name=%E4%BD%A0%E5%A5%BD&csrf_token=x").request
        #expect(try await request.form()["name"] == "你好")
        #expect(try await request.form()["name"] == "你好", "a second call gives the same")
        await #expect(throws: HTTPError.self) {
            try await Exchange(.post, "/", headers: [.contentType: "text/plain"], body: ["a=1"]).request.form()
        }
        #expect(try await Exchange(.post, "/").request.form().fields.isEmpty)
    }

    @Test("JSON is decoded; broken JSON is 400, a wrong shape 422, another type 415")
    func json() async throws {
        struct Message: Decodable { var text: String }
        func decode(_ body: String, type: String = "application/json; charset=utf-8") async throws -> String {
            let request = Exchange(.post, "/", headers: [.contentType: type], body: [body]).request
            let message = try await request.json(as: Message.self)
            return message.text
        }
        #expect(try await decode(#"{"text":"你好"}"#) == "你好")
        for (body, type, status) in [
            ("{", "application/json", 400), (#"{"text":1}"#, "application/json", 422), ("{}", "application/json", 422),
            (#"{"text":"a"}"#, "text/plain", 415), ("", "application/json", 400),
            (String(repeating: "[", count: 100_000), "application/json", 400),
        ] {
            let error = await #expect(throws: HTTPError.self) { try await decode(body, type: type) }
            #expect(error?.status.code == status, "\(body.prefix(20))")
        }
    }

    @Test("A body comes whole, whatever pieces it was sent in, and again on a second call")
    func collectedBody() async throws {
        let request = Exchange(.post, "/", body: ["ab", "", "cd", "e"]).request
        #expect(String(buffer: try await request.body()) == "abcde")
        #expect(String(buffer: try await request.body()) == "abcde")
        var streamed = ""
        for try await piece in request.body { streamed += String(buffer: piece) }
        #expect(streamed == "abcde", "what was collected can still be streamed")
    }

    @Test("A body of exactly the limit is read, one byte more is 413, for good")
    func bodyLimit() async throws {
        #expect(try await Exchange(.post, "/", body: ["12345", "67890"]).request.body(upTo: 10).readableBytes == 10)
        let request = Exchange(.post, "/", body: ["12345", "678901"]).request
        for _ in 0..<2 {
            let error = await #expect(throws: HTTPError.self) { try await request.body(upTo: 10) }
            #expect(error?.status == .contentTooLarge)
        }
    }

    @Test("A body announced over the limit is refused before it is read")
    func announcedLength() async throws {
        let exchange = Exchange(.post, "/", headers: [.contentLength: "2621441"], body: ["x"])
        let source = exchange.source
        let request = Request(scope: exchange.scope, receive: Receive(source))
        let error = await #expect(throws: HTTPError.self) { try await request.body() }
        #expect(error?.status == .contentTooLarge)
        #expect(source.count == 1)
    }

    @Test("A streamed body is taken piece by piece, as fast as the view asks")
    func streamedBody() async throws {
        let exchange = Exchange(.post, "/", body: ["a", "b", "c"])
        let source = exchange.source
        var pieces = Request(scope: exchange.scope, receive: Receive(source)).body.makeAsyncIterator()
        for (piece, left) in [("a", 2), ("b", 1), ("c", 0)] {
            #expect(try await pieces.next().map { String(buffer: $0) } == piece)
            #expect(source.count == left, "nothing is read ahead")
        }
        #expect(try await pieces.next() == nil)
        #expect(try await pieces.next() == nil)
    }

    @Test("A body cannot be streamed twice")
    func streamedOnce() async throws {
        let request = Exchange(.post, "/", body: ["a", "b"]).request
        for try await _ in request.body {}
        await #expect(throws: HTTPError.self) { for try await _ in request.body {} }
        await #expect(throws: HTTPError.self) { try await request.body() }
    }

    @Test("A client that goes in the middle of its body is an error, not a short body")
    func clientGone() async throws {
        var exchange = Exchange(.post, "/", body: ["a", "b"])
        exchange.isComplete = false
        let error = await #expect(throws: HTTPError.self) { try await exchange.request.body() }
        #expect(error?.code == "client_gone")
        await #expect(throws: HTTPError.self) { for try await _ in exchange.request.body {} }
    }

    @Test("Typed captures, state, path and headers are at hand")
    func scopeAccess() throws {
        enum Pool: LifespanStateKey { static var defaultValue: Int { 0 } }
        var exchange = Exchange(.get, "/tickets/7/", headers: [.userAgent: "test"])
        exchange.scope.route.set("id", to: 7)
        exchange.scope.state[Pool.self] = 3
        exchange.scope.scheme = "https"
        let request = exchange.request
        #expect(try request.route["id", as: Int.self] == 7)
        #expect(request.app[Pool.self] == 3)
        #expect(request.path == "/tickets/7/")
        #expect(request.headers[.userAgent] == "test")
        #expect(request.isSecure)
    }
}
