// SPDX-License-Identifier: Apache-2.0

import CZlib
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import SluiceWeb
import Testing

/// Reads gzip as clients do; nil for what is none, or is cut off when `isWhole`.
private func gunzip(_ bytes: ByteBuffer, isWhole: Bool = true) -> String? {
    var stream = z_stream()
    guard
        inflateInit2_(&stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    var text: [UInt8] = []
    var input = Array(bytes.readableBytesView)
    let isComplete = input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var result = Z_OK
        while result == Z_OK {
            chunk.withUnsafeMutableBufferPointer { chunk in
                stream.next_out = chunk.baseAddress
                stream.avail_out = UInt32(chunk.count)
                result = inflate(&stream, Z_SYNC_FLUSH)
            }
            text += chunk[..<(chunk.count - Int(stream.avail_out))]
            if stream.avail_in == 0, stream.avail_out > 0 { break }
        }
        return result == Z_STREAM_END && stream.avail_in == 0 || !isWhole
    }
    return isComplete ? String(decoding: text, as: UTF8.self) : nil
}

@Suite("Compression")
struct GZipTests {
    private static let page = String(repeating: "多路 sluice ", count: 400)

    /// The response with its body's bytes, one element an event.
    private func get(
        _ gzip: GZip = GZip(), _ headers: HTTPFields = [.acceptEncoding: "gzip"], method: HTTPRequest.Method = .get,
        refusals: Int = 0, inner: [any Middleware] = [],
        view: @escaping @Sendable (Request) async throws -> Response = { _ in .text(page) }
    ) async throws -> (status: HTTPResponse.Status, headers: HTTPFields, pieces: [ByteBuffer], body: ByteBuffer) {
        var exchange = Exchange(method, headers: headers)
        exchange.refusals = refusals
        let sink = RecordingSink<HTTP.Outbound>(refusals: refusals)
        let application = ViewApplication(FunctionView(view)).wrapped(in: [gzip as any Middleware] + inner)
        try await application(scope: exchange.scope, receive: Receive(exchange.source), send: Send(sink))
        var (status, headers) = (HTTPResponse.Status.internalServerError, HTTPFields())
        var pieces: [ByteBuffer] = []
        var ends = 0
        for event in sink.events {
            switch event {
            case .responseStart(let sentStatus, let sentHeaders): (status, headers) = (sentStatus, sentHeaders)
            case .responseBody(let bytes, let moreBody):
                pieces.append(bytes)
                if !moreBody { ends += 1 }
            case .informational, .responseTrailers: Issue.record("nobody sent that")
            }
        }
        #expect(ends == 1)
        var body = ByteBuffer()
        for piece in pieces { body.writeImmutableBuffer(piece) }
        return (status, headers, pieces, body)
    }

    @Test("Django's GZipMiddleware: a page is compressed, with its length, Vary and a weak tag", arguments: [0, 3])
    func page(refusals: Int) async throws {
        let answer = try await get(refusals: refusals, inner: [ConditionalGet()])
        #expect(answer.headers[.contentEncoding] == "gzip" && answer.headers[.vary] == "Accept-Encoding")
        #expect(answer.headers[.contentLength] == "\(answer.body.readableBytes)")
        #expect(answer.body.readableBytes < Self.page.utf8.count / 10 && gunzip(answer.body) == Self.page)
        let tag = try #require(answer.headers[.eTag])
        #expect(tag.hasPrefix("W/\""))
        let again = try await get(
            GZip(), [.acceptEncoding: "gzip", .ifNoneMatch: tag], inner: [ConditionalGet()])
        #expect(again.status == .notModified && again.headers[.eTag] == tag && again.body.readableBytes == 0)
        #expect(again.headers[.contentEncoding] == nil && again.headers[.vary] == "Accept-Encoding")
    }

    @Test("A body too long for the event loop is compressed elsewhere, many at once", arguments: [0, 2])
    func large(refusals: Int) async throws {
        let text = String(repeating: Self.page, count: 40)
        let gzip = GZip()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    let answer = try await get(gzip, refusals: refusals) { _ in .text("\(index)" + text) }
                    #expect(gunzip(answer.body) == "\(index)" + text)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(
        "RFC 9110 §12.5.3: only for those who accept gzip no less than plain bytes",
        arguments: [
            ("gzip", true), ("GZIP", true), ("deflate, gzip;q=0.5, br", true), ("*", true), ("x-gzip", true),
            ("gzip;q=0.001", true), ("identity;q=0, gzip;q=0.1", true), (nil, false), ("", false), ("br", false),
            ("gzip;q=0", false), ("*;q=0", false), ("gzip;q=0, *", false), ("identity, gzip;q=0.5", false),
            ("gzip;q=x", false), ("nogzip", false),
        ] as [(String?, Bool)])
    func accepted(field: String?, isAccepted: Bool) async throws {
        var headers: HTTPFields = [:]
        headers[.acceptEncoding] = field
        let answer = try await get(GZip(), headers)
        #expect((answer.headers[.contentEncoding] == "gzip") == isAccepted)
        #expect(answer.headers[.vary] == "Accept-Encoding")
        #expect((isAccepted ? gunzip(answer.body) : String(buffer: answer.body)) == Self.page)
    }

    @Test("What is short, no text, encoded, a part, empty, not to be changed or not made smaller stays as it is")
    func plain() async throws {
        let long = Self.page
        let answers: [@Sendable (Request) async throws -> Response] = [
            { _ in .text(String(long.utf8.prefix(196)) ?? "") },
            { _ in Response(headers: [.contentType: "image/png"], body: .text(long)) },
            { _ in Response(body: .text(long)) },
            { _ in Response(headers: [.contentType: "text/plain", .contentEncoding: "br"], body: .text(long)) },
            { _ in
                Response(
                    status: .partialContent, headers: [.contentType: "text/plain", .contentRange: "bytes 0-9/10"],
                    body: .text(long))
            },
            { _ in
                Response(headers: [.contentType: "text/plain", .cacheControl: "No-Transform"], body: .text(long))
            },
            { _ in
                var generator = SystemRandomNumberGenerator()
                let noise = (0..<4_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                return Response(headers: [.contentType: "text/plain"], body: .bytes(ByteBuffer(bytes: noise)))
            },
            { _ in .empty(.noContent) },
            { _ in Response(status: .notModified, headers: [.eTag: #""1""#]) },
        ]
        for (index, view) in answers.enumerated() {
            let answer = try await get(view: view)
            let plain = try await get(GZip(), [:], view: view)
            #expect(answer.headers[.contentEncoding] == plain.headers[.contentEncoding], "\(index)")
            #expect(answer.headers[.contentLength] == plain.headers[.contentLength])
            #expect(answer.status == plain.status && (index == 6 || answer.body == plain.body))
        }
    }

    @Test("RFC 9110 §9.3.2: HEAD tells GET's fields, but no length that GET would not have")
    func head() async throws {
        let answer = try await get(method: .head)
        #expect(answer.headers[.contentEncoding] == "gzip" && answer.headers[.contentLength] == nil)
        #expect(answer.body.readableBytes == 0 && answer.headers[.vary] == "Accept-Encoding")
    }

    @Test("A stream is readable up to each piece when that was written; ranges are not offered", arguments: [0, 2])
    func stream(refusals: Int) async throws {
        let pieces = ["first ", "second ", String(repeating: "third ", count: 50_000), "last"]
        let lengths: [Int?] = [nil, pieces.map(\.utf8.count).reduce(0, +)]
        for length in lengths {
            let answer = try await get(refusals: refusals) { _ in
                Response(
                    headers: [.contentType: "text/html", .acceptRanges: "bytes", .eTag: #""1""#],
                    body: .stream(length: length) { for piece in pieces { try await $0.write(piece) } })
            }
            #expect(answer.headers[.contentEncoding] == "gzip" && answer.headers[.contentLength] == nil)
            #expect(answer.headers[.acceptRanges] == nil && answer.headers[.eTag] == #"W/"1""#)
            #expect(answer.pieces.count == 5 && gunzip(answer.body) == pieces.joined())
            var seen = ByteBuffer()
            for (index, piece) in answer.pieces.prefix(4).enumerated() {
                seen.writeImmutableBuffer(piece)
                #expect(gunzip(seen, isWhole: false) == pieces[...index].joined())
            }
        }
    }

    @Test("BREACH: answers that depend on their reader are not compressed, or padded when that is asked for")
    func personal() async throws {
        let fields: [HTTPFields] = [[.vary: "Accept, Cookie"], [.setCookie: "a=1"], [.vary: "*"]]
        for personal in fields {
            let view: @Sendable (Request) async throws -> Response = { _ in
                var response = Response.text(Self.page)
                for field in personal { response.headers.append(field) }
                return response
            }
            let answer = try await get(view: view)
            #expect(answer.headers[.contentEncoding] == nil && String(buffer: answer.body) == Self.page)
            var lengths: Set<Int> = []
            for _ in 0..<40 {
                let padded = try await get(GZip(personalAnswers: .padded(upTo: 100)), view: view)
                #expect(gunzip(padded.body) == Self.page)
                lengths.insert(padded.body.readableBytes)
            }
            #expect(lengths.count > 5, "as many as a hundred are possible")
        }
        let signed = try await get(GZip(), [.acceptEncoding: "gzip", .authorization: "Bearer x"])
        #expect(signed.headers[.contentEncoding] == nil)
        let form = try await get(inner: [CSRF()]) { request in .html(request.csrfToken + Self.page) }
        #expect(form.headers[.contentEncoding] == nil)
    }

    @Test("On a socket: pages, error pages, streams and HEAD, one after the other on one connection")
    func live() async throws {
        let router = URLRouter<HTTP> {
            Route("/page") { _ in .text(Self.page) }
            Route("/stream") { _ in
                Response(
                    headers: [.contentType: "text/plain"],
                    body: .stream { for _ in 0..<100 { try await $0.write(Self.page) } })
            }
        }
        let application = router.wrapped(in: GZip(), ErrorPages())
        try await withPatientServer(application) { server in
            let client = try await server.http()
            let page = try await client.request(.get, "/page", headers: [.acceptEncoding: "gzip"])
            #expect(gunzip(page.body) == Self.page)
            let head = try await client.request(.head, "/page", headers: [.acceptEncoding: "gzip"])
            #expect(head.headers[.contentEncoding] == "gzip" && head.headers[.contentLength] == nil)
            let stream = try await client.request(.get, "/stream", headers: [.acceptEncoding: "gzip"])
            #expect(gunzip(stream.body) == String(repeating: Self.page, count: 100))
            #expect(try await client.request(.get, "/page").text == Self.page)
            #expect(try await client.request(.head, "/stream").headers[.contentLength] == nil)
        }
    }
}
