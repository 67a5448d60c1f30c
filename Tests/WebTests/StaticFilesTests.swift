// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Static files")
struct StaticFilesTests {
    private let folder: TemporaryFolder
    private let outside: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        outside = try TemporaryFolder()
        try folder.write("app.css", "body {}")
        try folder.write("js/app.js", "0123456789")
        try folder.write("图 片.svg", "<svg/>")
        try folder.write(".env", "SECRET=1")
        try folder.write(".git/config", "secret")
        try outside.write("secret.txt", "secret")
    }

    private func get(
        _ path: String, _ method: HTTPRequest.Method = .get, headers: HTTPFields = [:]
    ) async throws -> Answer {
        let router = URLRouter<HTTP> { Mount("/static", StaticFiles(folder.path)) }.wrapped(in: ErrorPages())
        return try await Exchange(method, "/static/" + path, headers: headers).run(router)
    }

    @Test("A file comes with type, length, validators, Cache-Control and nosniff")
    func served() async throws {
        let css = try await get("app.css")
        #expect(css.status == .ok && css.body == "body {}")
        #expect(css.headers[.contentType] == "text/css; charset=utf-8")
        #expect(css.headers[.contentLength] == "7")
        #expect(css.headers[.xContentTypeOptions] == "nosniff")
        #expect(css.headers[.cacheControl] == "public, no-cache")
        #expect(css.headers[.eTag]?.hasPrefix("\"") == true && css.headers[.lastModified]?.hasSuffix("GMT") == true)
        #expect(try await get("js/app.js").headers[.contentType] == "text/javascript; charset=utf-8")
        #expect(try await get("图 片.svg").headers[.contentType] == "image/svg+xml")
        try folder.write("data.unknown", "x")
        #expect(try await get("data.unknown").headers[.contentType] == "application/octet-stream")
    }

    @Test("HEAD has no body; other methods are 405")
    func methods() async throws {
        let head = try await get("app.css", .head)
        #expect(head.status == .ok && head.body.isEmpty && head.headers[.contentLength] == "7")
        for method in [HTTPRequest.Method.post, .put, .delete, .options] {
            let answer = try await get("app.css", method)
            #expect(answer.status == .methodNotAllowed && answer.headers[.allow] == "GET, HEAD")
        }
    }

    @Test(
        "Nothing outside of the folder and nothing hidden is served",
        arguments: [
            "../secret.txt", "js/../app.css", "js/../../secret.txt", "..", ".", "", "/", "//etc/passwd", "/etc/passwd",
            "js//app.js", "js/", "js", "app.css/", "app.css/x", ".env", ".git/config", "js/./app.js",
            "app.css\u{0}.png",
            "\u{0}", "..\\secret.txt", "js\\app.js", "link.txt", "linked/secret.txt", "loop", "dotlink", "nothing.css",
            String(repeating: "a/", count: 600) + "a", String(repeating: "x", count: 300),
        ])
    func refused(path: String) async throws {
        try folder.link("link.txt", to: outside.path + "/secret.txt")
        try folder.link("linked", to: outside.path)
        try folder.link("loop", to: "loop")
        try folder.link("dotlink", to: ".env")
        let answer = try await get(path)
        #expect(answer.status == .notFound)
        #expect(!answer.body.contains("secret"))
    }

    @Test("A link within the folder is followed, a pipe is not opened")
    func linksAndPipes() async throws {
        try folder.link("current", to: "js")
        try folder.link("main.css", to: folder.path + "/app.css")
        #expect(try await get("current/app.js").body == "0123456789")
        #expect(try await get("main.css").body == "body {}")
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        #expect(try await get("pipe").status == .notFound)
    }

    @Test("RFC 9110 §13: If-None-Match goes before If-Modified-Since; both give 304 without a body")
    func conditional() async throws {
        let first = try await get("app.css")
        let tag = try #require(first.headers[.eTag])
        let date = try #require(first.headers[.lastModified])
        for condition in [tag, "W/" + tag, "\"other\", " + tag, "*"] {
            let answer = try await get("app.css", headers: [.ifNoneMatch: condition])
            #expect(answer.status == .notModified && answer.body.isEmpty && answer.headers[.eTag] == tag)
            #expect(answer.headers[.contentLength] == nil)
        }
        #expect(try await get("app.css", headers: [.ifNoneMatch: "\"other\""]).status == .ok)
        #expect(try await get("app.css", headers: [.ifModifiedSince: date]).status == .notModified)
        #expect(try await get("app.css", headers: [.ifNoneMatch: "\"other\"", .ifModifiedSince: date]).status == .ok)
        for old in ["Thu, 01 Jan 1970 00:00:00 GMT", "yesterday", "", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            #expect(try await get("app.css", headers: [.ifModifiedSince: old]).status == .ok)
        }
        let future = "Fri, 31 Dec 9999 23:59:59 GMT"
        #expect(try await get("app.css", headers: [.ifModifiedSince: future]).status == .notModified)
    }

    @Test("A changed file has another tag")
    func changed() async throws {
        let tag = try #require(try await get("app.css").headers[.eTag])
        try folder.write("app.css", "body { color: red }")
        let answer = try await get("app.css", headers: [.ifNoneMatch: tag])
        #expect(answer.status == .ok && answer.body == "body { color: red }")
    }

    @Test(
        "RFC 9110 §14: one range gives 206",
        arguments: [
            ("bytes=0-3", "0123", "bytes 0-3/10"), ("bytes=4-", "456789", "bytes 4-9/10"),
            ("bytes=-3", "789", "bytes 7-9/10"), ("bytes=8-100", "89", "bytes 8-9/10"),
            ("bytes=-100", "0123456789", "bytes 0-9/10"), ("BYTES=9-9", "9", "bytes 9-9/10"),
        ])
    func ranges(field: String, body: String, contentRange: String) async throws {
        let answer = try await get("js/app.js", headers: [.range: field])
        #expect(answer.status == .partialContent && answer.body == body)
        #expect(answer.headers[.contentRange] == contentRange && answer.headers[.contentLength] == "\(body.count)")
    }

    @Test("A range behind the end is 416; what is no single range is left out")
    func badRanges() async throws {
        for field in ["bytes=10-", "bytes=-0", "bytes=100-200"] {
            let answer = try await get("js/app.js", headers: [.range: field])
            #expect(answer.status == .rangeNotSatisfiable && answer.headers[.contentRange] == "bytes */10")
        }
        for field in [
            "bytes=0-1,3-4", "bytes=5-2", "bytes=", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0x1-2", "bytes=+1-2",
            "bytes=99999999999999999999-", "bytes=1--2",
        ] {
            let answer = try await get("js/app.js", headers: [.range: field])
            #expect(answer.status == .ok && answer.body == "0123456789", "\(field)")
        }
        let head = try await get("js/app.js", .head, headers: [.range: "bytes=0-1"])
        #expect(head.status == .ok, "ranges are for GET")
    }

    @Test("RFC 9110 §13.1.5: a part is sent only of the file that If-Range names")
    func ifRange() async throws {
        let first = try await get("js/app.js")
        let tag = try #require(first.headers[.eTag])
        let date = try #require(first.headers[.lastModified])
        for condition in [tag, date] {
            let answer = try await get("js/app.js", headers: [.range: "bytes=0-1", .ifRange: condition])
            #expect(answer.status == .partialContent)
        }
        for condition in ["\"other\"", "W/" + tag, "Thu, 01 Jan 1970 00:00:00 GMT"] {
            let answer = try await get("js/app.js", headers: [.range: "bytes=0-1", .ifRange: condition])
            #expect(answer.status == .ok && answer.body == "0123456789")
        }
    }

    @Test("A large file comes in pieces of 64 KiB")
    func large() async throws {
        let text = String(repeating: "0123456789abcdef", count: 20_000)
        try folder.write("large.txt", text)
        let answer = try await get("large.txt")
        #expect(answer.body == text && answer.bodyEvents == 6, "five pieces and the end")
        try folder.write("empty.txt", "")
        let empty = try await get("empty.txt")
        #expect(empty.status == .ok && empty.headers[.contentLength] == "0" && empty.body.isEmpty)
    }

    @Test("The first folder that has a file wins, and a mount without the file lets the next go on")
    func severalFolders() async throws {
        let plugin = try TemporaryFolder()
        try plugin.write("app.css", "plugin")
        try plugin.write("plugin.css", "plugin")
        try outside.write("late.css", "late")
        let router = URLRouter<HTTP> {
            Mount("/static", StaticFiles([folder.path, plugin.path]))
            Mount("/static", StaticFiles(outside.path))
        }
        for (name, body) in [("app.css", "body {}"), ("plugin.css", "plugin"), ("late.css", "late")] {
            #expect(try await Exchange(.get, "/static/" + name).run(router).body == body)
        }
    }
}
