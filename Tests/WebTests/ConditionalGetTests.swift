// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import SluiceWeb
import Testing

@Suite("Conditional GET")
struct ConditionalGetTests {
    private func get(
        _ headers: HTTPFields = [:], method: HTTPRequest.Method = .get, refusals: Int = 0,
        view: @escaping @Sendable (Request) async throws -> Response = { _ in .text("hello") }
    ) async throws -> Answer {
        var exchange = Exchange(method, headers: headers)
        exchange.refusals = refusals
        return try await exchange.run(ConditionalGet(), view: view)
    }

    @Test("Django's ConditionalGetMiddleware: a page gets a tag of its bytes, and 304 when the client has them")
    func tags() async throws {
        let first = try await get()
        let tag = try #require(first.headers[.eTag])
        #expect(first.status == .ok && first.body == "hello" && tag.hasPrefix("\"") && tag.utf8.count == 24)
        let again = try await get([.ifNoneMatch: tag]) { _ in
            Response(
                headers: [.contentType: "text/plain; charset=utf-8", .vary: "Cookie", .setCookie: "a=1"],
                body: .text("hello"))
        }
        #expect(again.status == .notModified && again.body.isEmpty && again.headers[.eTag] == tag)
        #expect(again.headers[.contentLength] == nil && again.headers[.contentType] == nil)
        #expect(again.headers[.vary] == "Cookie" && again.headers[.setCookie] == "a=1")
        #expect(try await get([.ifNoneMatch: tag]) { _ in .text("other") }.body == "other")
        let slow = try await get([.ifNoneMatch: tag], refusals: 2)
        #expect(slow.status == .notModified && slow.bodyEvents == 1)
    }

    @Test(
        "RFC 9110 §13.1.2: a list, weak tags and the star are understood, and commas within tags",
        arguments: [
            (#""a,b""#, true), (#"W/"a,b""#, true), (#""x" , "a,b""#, true), (#", ,"a,b""#, true), ("*", true),
            (#""a", "b""#, false), (#"a,b"#, false), (#""a,b"#, false), (#"w/"a,b""#, false), ("", false),
            (#""x" *"#, false), (#""a,b" "x""#, true),
        ])
    func lists(field: String, isKnown: Bool) async throws {
        let answer = try await get([.ifNoneMatch: field]) { _ in
            Response(headers: [.eTag: #""a,b""#], body: .text("hello"))
        }
        #expect(answer.status == (isKnown ? .notModified : .ok))
    }

    @Test("RFC 9110 §13.2.2: If-Match and If-Unmodified-Since fail with 412, a tag goes before a date")
    func preconditions() async throws {
        let view: @Sendable (Request) async throws -> Response = { _ in
            Response(
                headers: [.eTag: #""1""#, .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"], body: .text("hello"))
        }
        let (before, after) = ("Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:38 GMT")
        let cases: [(HTTPFields, HTTPResponse.Status)] = [
            ([.ifMatch: #""1""#], .ok), ([.ifMatch: "*"], .ok), ([.ifMatch: #"W/"1""#], .preconditionFailed),
            ([.ifMatch: #""2""#], .preconditionFailed), ([.ifUnmodifiedSince: before], .preconditionFailed),
            ([.ifUnmodifiedSince: after], .ok), ([.ifMatch: #""1""#, .ifUnmodifiedSince: before], .ok),
            ([.ifModifiedSince: after], .notModified), ([.ifModifiedSince: before], .ok),
            ([.ifModifiedSince: "never"], .ok), ([.ifNoneMatch: #""2""#, .ifModifiedSince: after], .ok),
            ([.ifMatch: #""1""#, .ifNoneMatch: #""1""#], .notModified),
        ]
        for (headers, status) in cases {
            let answer = try await get(headers, view: view)
            #expect(answer.status == status, "\(headers)")
            #expect(answer.body == (status == .ok ? "hello" : ""))
        }
        #expect(try await get([.ifNoneMatch: #""1""#], method: .head, view: view).status == .notModified)
        #expect(try await get([.ifNoneMatch: #""1""#], method: .post, view: view).status == .ok)
    }

    @Test("No tag for streams, errors, HEAD, no-store and bodies over the limit; a stream's own tag counts")
    func untagged() async throws {
        let stream: @Sendable (Request) async throws -> Response = { request in
            var headers: HTTPFields = [:]
            headers[.eTag] = try request.query["tag"]
            return Response(headers: headers, body: .stream { for _ in 0..<3 { try await $0.write("ab") } })
        }
        let plain = try await get(view: stream)
        #expect(plain.headers[.eTag] == nil && plain.body == "ababab" && plain.bodyEvents == 4)
        var tagged = Exchange(.get, "/?tag=%221%22", headers: [.ifNoneMatch: #""1""#])
        tagged.refusals = 1
        let answer = try await tagged.run(ConditionalGet(), view: stream)
        #expect(answer.status == .notModified && answer.body.isEmpty && answer.bodyEvents == 1)
        let lengthKnown = try await get { _ in
            Response(body: .stream(length: 4) { for _ in 0..<2 { try await $0.write("ab") } })
        }
        #expect(lengthKnown.headers[.eTag] == nil && lengthKnown.body == "abab")
        #expect(try await get { _ in .text("", status: .notFound) }.headers[.eTag] == nil)
        #expect(try await get(method: .head).headers[.eTag] == nil)
        let secret = try await get { _ in Response(headers: [.cacheControl: "no-store"], body: .text("x")) }
        #expect(secret.headers[.eTag] == nil)
        let large = try await Exchange().run(ConditionalGet(tagLimit: 4)) { _ in .text("hello") }
        #expect(large.headers[.eTag] == nil && large.body == "hello")
    }

    @Test("On a socket: the second request is answered 304, and the connection goes on")
    func live() async throws {
        let router = URLRouter<HTTP> { Route("/") { _ in .text("hello") } }
        try await withPatientServer(router.wrapped(in: ConditionalGet())) { server in
            let client = try await server.http()
            let tag = try #require(try await client.request(.get, "/").headers[.eTag])
            let answer = try await client.request(.get, "/", headers: [.ifNoneMatch: tag])
            #expect(answer.status == .notModified && answer.text.isEmpty && answer.headers[.contentLength] == nil)
            #expect(try await client.request(.get, "/").text == "hello")
            #expect(client.unread.readableBytes == 0)
        }
    }
}
