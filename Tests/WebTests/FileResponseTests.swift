// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("File responses")
struct FileResponseTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = try folder.write("report.txt", "0123456789")
    }

    private func get(_ method: HTTPRequest.Method = .get, headers: HTTPFields = [:], as name: String? = nil)
        async throws
        -> Answer
    {
        try await Exchange(method, "/", headers: headers).run(ErrorPages()) { [path] request in
            try await .file(path, for: request, as: name)
        }
    }

    @Test("A file has type, length and validators; HEAD has no body, other methods are 405")
    func whole() async throws {
        let answer = try await get()
        #expect(answer.status == .ok && answer.body == "0123456789" && answer.headers[.contentLength] == "10")
        #expect(answer.headers[.contentType] == "text/plain; charset=utf-8")
        #expect(answer.headers[.xContentTypeOptions] == "nosniff" && answer.headers[.acceptRanges] == "bytes")
        #expect(answer.headers[.contentDisposition] == nil)
        let head = try await get(.head, headers: [.range: "bytes=0-1"])
        #expect(head.status == .ok && head.body.isEmpty && head.headers[.contentLength] == "10")
        let post = try await get(.post)
        #expect(post.status == .methodNotAllowed && post.headers[.allow] == "GET, HEAD")
    }

    @Test("RFC 9110 §13–14: 304, 206, 416 and If-Range")
    func conditions() async throws {
        let tag = try #require(try await get().headers[.eTag])
        let unchanged = try await get(headers: [.ifNoneMatch: tag])
        #expect(unchanged.status == .notModified && unchanged.body.isEmpty && unchanged.headers[.eTag] == tag)
        #expect(unchanged.headers[.contentLength] == nil)
        let part = try await get(headers: [.range: "bytes=2-4", .ifRange: tag])
        #expect(part.status == .partialContent && part.body == "234")
        #expect(part.headers[.contentRange] == "bytes 2-4/10" && part.headers[.contentLength] == "3")
        #expect(try await get(headers: [.range: "bytes=2-4", .ifRange: "\"other\""]).body == "0123456789")
        let behind = try await get(headers: [.range: "bytes=10-"])
        #expect(behind.status == .rangeNotSatisfiable && behind.headers[.contentRange] == "bytes */10")
        let since = try #require(try await get().headers[.lastModified])
        #expect(try await get(headers: [.ifModifiedSince: since]).status == .notModified)
    }

    @Test(
        "RFC 6266: the name of a download, in ASCII and as it is, never a path and never a second field",
        arguments: [
            ("a b.txt", "attachment; filename=\"a b.txt\""),
            ("报告.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf"),
            ("a\"b;c.txt", "attachment; filename=\"a_b;c.txt\"; filename*=UTF-8''a%22b%3Bc.txt"),
            ("50%.txt", "attachment; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt"),
            ("x\r\nSet-Cookie: a=b", "attachment; filename=\"xSet-Cookie: a=b\""),
            ("../../etc/passwd", "attachment; filename=\"passwd\""), ("", "attachment; filename=\"file\""),
        ])
    func downloads(name: String, field: String) async throws {
        #expect(try await get(as: name).headers[.contentDisposition] == field)
    }

    @Test("The type is that of the download's name, or the one that was said")
    func types() async throws {
        #expect(try await get(as: "table.csv").headers[.contentType] == "text/csv; charset=utf-8")
        let said = try await Exchange().run(ErrorPages()) { [path] in
            try await .file(path, for: $0, as: "table.csv", contentType: "text/x-own")
        }
        #expect(said.headers[.contentType] == "text/x-own")
    }

    @Test(
        "A name from a client stays in its folder",
        arguments: ["../secret", "/etc/passwd", ".hidden", "", "no", "link", "a//b", "sub"])
    func inFolder(name: String) async throws {
        let outside = try TemporaryFolder()
        try outside.write("secret", "secret")
        try folder.write(".hidden", "secret")
        try folder.write("sub/a", "a")
        try folder.link("link", to: outside.path + "/secret")
        let view: @Sendable (Request, String) async throws -> Response = { [folder] request, name in
            try await .file(name, in: folder.path, for: request)
        }
        #expect(try await Exchange().run(ErrorPages()) { try await view($0, name) }.status == .notFound)
        #expect(try await Exchange().run(ErrorPages()) { try await view($0, "sub/a") }.body == "a")
    }

    @Test("A folder, a pipe or nothing at the path is 404", arguments: ["", "/no"])
    func missing(suffix: String) async throws {
        let answer = try await Exchange().run(ErrorPages()) { [folder] in
            try await .file(folder.path + suffix, for: $0)
        }
        #expect(answer.status == .notFound && !answer.body.contains(folder.path))
    }
}
