// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import Testing

@Suite("RFC 9113 §8.1: responses", .timeLimit(.minutes(1)))
struct HTTP2ResponseTests {
    private func response(
        method: String = "GET",
        _ body: @escaping @Sendable (Scope, Receive<HTTP>, Send<HTTP>) async throws -> Void
    ) async throws -> FrameClient.Response {
        try await withHTTP2Server(http(body)) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1, FrameClient.request(method)))
            let response = try await client.response(1)
            try await client.ping()
            return response
        }
    }

    @Test("a body of one piece has its length, names are in lower case, fields of a connection are left out")
    func fields() async throws {
        let response = try await response { _, _, send in
            try await send.respond("hello", headers: [.contentType: "text/plain", .connection: "close", .upgrade: "x"])
        }
        #expect(response.fields.map(\.0) == [":status", "content-type", "date", "server", "content-length"])
        #expect(response["content-length"] == "5" && response.text == "hello")
    }

    @Test("HEAD, 204 and 304 have no body", arguments: [("HEAD", 200), ("GET", 204), ("GET", 304)])
    func noBody(method: String, status: Int) async throws {
        let response = try await response(method: method) { _, _, send in
            try await send.respond("hello", status: HTTPResponse.Status(code: status))
        }
        #expect(response.status == "\(status)" && response.text == "")
        #expect(response["content-length"] == (method == "HEAD" ? "5" : nil))
    }

    @Test("pieces, then trailers")
    func trailers() async throws {
        let response = try await response { _, _, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            try await send(.responseBody(ByteBuffer(string: "a"), moreBody: true))
            try await send(.responseBody(ByteBuffer(string: "b"), moreBody: true))
            try await send(.responseTrailers([.init("x-sum")!: "1"]))  // a token
        }
        #expect(response.text == "ab" && response["content-length"] == nil)
        #expect(response.trailers.map(\.0) == ["x-sum"])
    }

    @Test("an informational response comes first")
    func informational() async throws {
        let response = try await response { _, _, send in
            try await send(.informational(status: .init(code: 103), headers: [:]))
            try await send.respond("done")
        }
        #expect(response.informational == ["103"] && response.text == "done")
    }

    @Test("an application that throws, or says nothing, is answered for", arguments: [true, false])
    func instead(throwsError: Bool) async throws {
        let response = try await response { _, _, _ in if throwsError { throw SendError(.wrongState, "test") } }
        #expect(response.status == "500" && response.text == "500 Internal Server Error\n")
    }

    @Test("§5.4.2 half a response ends with INTERNAL_ERROR, and tells the connection from the stream")
    func half() async throws {
        let router = http { scope, _, send in
            guard scope.path == "/half" else { return try await send.respond("whole") }
            try await send(.responseStart(status: .ok, headers: [:]))
            try await send(.responseBody(ByteBuffer(string: "a"), moreBody: true))
            throw SendError(.wrongState, "test")
        }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1, FrameClient.request("GET", "/half")))
            #expect(try await client.reset(1) == 2)
            try await client.send(client.headers(3))
            #expect(try await client.response(3).text == "whole")
        }
    }

    @Test("what is no response is refused, not sent")
    func refused() async throws {
        let notes = Notes()
        let response = try await response { _, _, send in
            for headers: HTTPFields in [[.transferEncoding: "chunked"], [.contentLength: "+1"], [.contentLength: "9"]] {
                do {
                    try await send(.responseStart(status: .ok, headers: headers))
                } catch { notes.add("start") }
                do { try await send(.responseBody(ByteBuffer(string: "hello"), moreBody: false)) } catch let error
                    as SendError
                {
                    notes.add(error.code == .wrongState ? "state" : "refused")
                }
            }
        }
        #expect(response.status == "500")
        #expect(notes.all == ["refused", "start", "refused", "start", "refused"])
    }

    @Test("§8.1 a response that does not wait for the body ends the stream with NO_ERROR")
    func early() async throws {
        try await withHTTP2Server(http { _, _, send in try await send.respond("enough") }) { server in
            let client = try await FrameClient(server)
            try await client.send(client.headers(1, FrameClient.request("POST"), ends: false))
            #expect(try await client.response(1).text == "enough")
            #expect(try await client.reset(1) == ErrorCode.noError)
            try await client.ping()
        }
    }

    @Test("streams are answered in the order in which they are ready")
    func interleaved() async throws {
        let gate = Gate()
        let router = http { scope, _, send in
            if scope.path == "/slow" { try await gate.wait() }
            try await send.respond(scope.path)
        }
        try await withHTTP2Server(router) { server in
            let client = try await FrameClient(server)
            try await client.send(
                client.headers(1, FrameClient.request("GET", "/slow")), client.headers(3, FrameClient.request()))
            #expect(try await client.response(3).text == "/")
            gate.open()
            #expect(try await client.response(1).text == "/slow")
        }
    }
}
#endif
