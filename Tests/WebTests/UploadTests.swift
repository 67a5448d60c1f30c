// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import NIOCore
import SluiceCore
import SluiceWeb
import Testing

@Suite("Uploads")
struct UploadTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func content(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    private func limits(_ change: (inout FormLimits) -> Void = { _ in }) -> FormLimits {
        var limits = FormLimits()
        limits.temporaryFolder = folder.path
        change(&limits)
        return limits
    }

    private func form(_ body: MultipartBody, _ limits: FormLimits, upTo limit: Int? = nil) async throws -> Form {
        var exchange = body.exchange()
        exchange.scope.state[FormLimits.self] = limits
        return try await exchange.request.form(upTo: limit)
    }

    private var openFiles: Int {
        let links = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return links.filter { link in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + link)
            return target?.hasPrefix(folder.path) ?? false
        }.count
    }

    @Test(
        "Files of every size come back as they were; large ones wait in files without a name",
        arguments: [
            0, 1, 65_535, 65_536, 65_537, 200_000,
        ])
    func sizes(count: Int) async throws {
        let sent = content(count)
        let form = try await form(MultipartBody(.file("f", "f.bin", sent), .field("after", "1")), limits())
        let file = try #require(form.files["f"])
        #expect(file.size == count && form["after"] == "1")
        #expect(Array(try await file.read().readableBytesView) == sent)
        #expect(Array(try await file.read(1..<3).readableBytesView) == Array(sent.dropFirst().prefix(2)))
        #expect(try await file.read(count..<(count + 9)).readableBytes == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        #expect(openFiles == (count > 65_536 ? 1 : 0))
        let saved = folder.path + "/saved"
        try await file.save(to: saved)
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: saved))) == sent)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["saved"])
        let attributes = try FileManager.default.attributesOfItem(atPath: saved)
        #expect(attributes[.posixPermissions] as? Int == 0o644)
    }

    @Test("What waits on the disk is gone with the form, also when the form was refused")
    func cleanUp() async throws {
        let body = MultipartBody(.file("f", "f.bin", content(200_000)), .file("g", "g.bin", content(200_000)))
        var kept: Form? = try await form(body, limits())
        #expect(openFiles == 2 && kept?.files.entries.count == 2)
        kept = nil
        #expect(openFiles == 0)
        await #expect(throws: HTTPError.self) { try await form(body, limits { $0.fileCount = 1 }) }
        #expect(openFiles == 0)
    }

    @Test("A file is saved whole or not at all, and over no other unless that is wanted")
    func saving() async throws {
        let file = try #require(try await form(MultipartBody(.file("f", "f", [1, 2])), limits()).files["f"])
        let path = try folder.write("there.txt", "old")
        let exists = await #expect(throws: HTTPError.self) { try await file.save(to: path) }
        #expect(exists?.code == "file_exists")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        try await file.save(to: path, isReplacing: true, permissions: 0o600)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data([1, 2]))
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        let failed = await #expect(throws: HTTPError.self) { try await file.save(to: folder.path + "/no/such/f") }
        #expect(failed?.code == "upload_failed")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["there.txt"])
    }

    @Test("Every limit is held, and the one under it is not")
    func limitsHold() async throws {
        func code(_ body: MultipartBody, upTo: Int? = nil, _ change: (inout FormLimits) -> Void) async -> String? {
            do {
                _ = try await form(body, limits(change), upTo: upTo)
                return nil
            } catch {
                return (error as? HTTPError).map { "\($0.status.code) \($0.code)" }
            }
        }
        let fields = MultipartBody((0..<3).map { .field("f\($0)", "12345678") })
        #expect(await code(fields) { $0.fieldCount = 2 } == "400 too_many_fields")
        #expect(await code(fields) { $0.fieldCount = 3 } == nil)
        #expect(await code(fields) { $0.fieldSize = 29 } == "413 too_large")
        #expect(await code(fields) { $0.fieldSize = 30 } == nil)
        let files = MultipartBody((0..<3).map { .file("f", "\($0)", content(1_000)) })
        #expect(await code(files) { $0.fileCount = 2 } == "400 too_many_files")
        #expect(await code(files) { $0.fileCount = 3 } == nil)
        #expect(await code(files) { $0.bodySize = files.bytes.count - 1 } == "413 too_large")
        #expect(await code(files) { $0.bodySize = files.bytes.count } == nil)
        #expect(await code(files, upTo: files.bytes.count - 1) { _ in } == "413 too_large")
        #expect(await code(files) { $0.headerSize = 40 } == "400 bad_multipart")
        #expect(await code(files) { $0.temporaryFolder = "/no/such" } == nil, "small files need no disk")
        let large = MultipartBody(.file("f", "f", content(70_000)))
        #expect(await code(large) { $0.temporaryFolder = "/no/such" } == "500 upload_failed")
        let file = try #require(try await form(large, limits()).files["f"])
        await #expect(throws: HTTPError.self) { try await file.read(upTo: 69_999) }
        var exchange = files.exchange(headers: [.contentLength: "99999999999"])
        exchange.pieces = []
        let early = await #expect(throws: HTTPError.self) { try await exchange.request.form() }
        #expect(early?.status == .contentTooLarge, "an announced length over the limit is refused before reading")
        #expect(await code(MultipartBody((0..<1_001).map { .field("f\($0)", "") })) { _ in } == "400 too_many_fields")
        #expect(await code(MultipartBody((0..<101).map { .file("f", "\($0)", [1]) })) { _ in } == "400 too_many_files")
    }

    @Test("A token in a multipart form passes, wherever it stands; the view gets the whole form")
    func csrf() async throws {
        let page = try await Exchange().run(CSRF()) { .text($0.csrfToken) }
        let cookie = "csrftoken=\(page.cookieValue("csrftoken") ?? "")"
        let token = MultipartBody.Part.field("csrf_token", page.body)
        let file = MultipartBody.Part.file("f", "f.bin", content(100_000))
        func post(_ parts: [MultipartBody.Part], cookie: String?) async throws -> Answer {
            var headers: HTTPFields = [:]
            headers[.cookie] = cookie
            var exchange = MultipartBody(parts).exchange(headers: headers)
            exchange.scope.state[FormLimits.self] = limits()
            return try await exchange.run(ErrorPages(), CSRF()) { request in
                let form = try await request.form()
                return .text("\(form.files["f"]?.size ?? -1) \(form["x"] ?? "-") \(form.fields.count)")
            }
        }
        for parts in [[token, file, .field("x", "1")], [.field("x", "1"), file, token]] {
            #expect(try await post(parts, cookie: cookie).body == "100000 1 2")
        }
        for (parts, cookie) in [
            ([file], cookie), ([.field("csrf_token", "x"), file], cookie), ([token, file], nil),
            ([token, file], "csrftoken=x"), ([.file("csrf_token", "t", Array(page.body.utf8))], cookie),
        ] {
            #expect(try await post(parts, cookie: cookie).status == .forbidden)
        }
        #expect(openFiles == 0)
    }

    @Test("A wrong token in front ends the reading: no file reaches the disk")
    func earlyEnd() async throws {
        let page = try await Exchange().run(CSRF()) { .text($0.csrfToken) }
        let body = MultipartBody(.field("csrf_token", "wrong"), .file("f", "f.bin", content(200_000)))
        let exchange = body.exchange(headers: [.cookie: "csrftoken=\(page.cookieValue("csrftoken") ?? "")"])
        let source = exchange.source
        let waiting = source.count
        let view = FunctionView { _ in .text("") }.wrapped(in: CSRF())
        var refused: HTTPError?
        do {
            try await view(scope: exchange.scope, receive: Receive(source), send: Send(RecordingSink()))
        } catch {
            refused = error as? HTTPError
        }
        #expect(refused?.code == "csrf_failed")
        #expect(source.count == waiting - 1)
    }
}
