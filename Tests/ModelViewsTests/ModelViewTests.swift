// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Sluice
import SluiceTesting
import Testing

@Suite("Views of models", .timeLimit(.minutes(1)))
struct ModelViewTests {
    /// The pages of a shop, with templates in a folder of their own.
    private func withSite(
        _ body: (_ press: Press, _ site: any Application<HTTP>, _ state: LifespanState) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in [
            "list.html": "{{#object_list}}{{title}},{{/object_list}}|{{#page_obj}}{{number}}/{{count}}{{/page_obj}}",
            "book.html": "{{#object}}{{title}} {{pk}} {{press_id}} {{is_sold}}{{/object}}",
            "form.html": "<form method=\"post\">{{>pages/form.html}}</form>",
            "delete.html": "{{#object}}{{title}}{{/object}}?{{error}}",
        ] {
            try Data(text.utf8).write(to: folder.appending(path: name))
        }
        var state = LifespanState.testing()
        let framework = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Templates")
        state[Templates.self] = try MustacheTemplates(folders: [
            TemplateFolder(folder.path), TemplateFolder(framework.path),
        ])
        state[MediaStorage.self] = MediaStorage(folder.appending(path: "media").path)
        let form = ModelForm<Book>(fields: ["title", "code", "cover", "press"])
        let router = URLRouter<HTTP> {
            Route("/", ListView<Book>(template: "list.html", pageSize: 2))
            Route("/new/", CreateView(form: form, template: "form.html") { "/\($0.id)/" })
            Route("/<pk>/", DetailView<Book>(template: "book.html"))
            Route("/<int:pk>/edit/", UpdateView(form: form, template: "form.html") { "/\($0.id)/" })
            Route("/<int:pk>/delete/", DeleteView<Book>(template: "delete.html") { _ in "/" })
        }
        let site = router.wrapped(in: ErrorPages())
        try await withShop { press, _ in try await body(press, site, state) }
    }

    private func book(_ number: Int, _ press: Press) -> Book {
        Book(title: "B\(number)", code: "b\(number)", notes: "", cover: "", press: .to(press))
    }

    @Test("Lists come by pages in an order that stays; what is no page is 404")
    func lists() async throws {
        try await withSite { press, site, state in
            func get(_ target: String) async throws -> HTTPTestResponse {
                try await HTTPCommunicator(site, path: target, state: state).response(timeout: .seconds(20))
            }
            #expect(try await get("/").text == "|1/1")
            for number in 1...5 { _ = try await Book.objects.create(book(number, press)) }
            #expect(try await get("/").text == "B1,B2,|1/3")
            #expect(try await get("/?page=3").text == "B5,|3/3")
            #expect(try await get("/?page=last").text == "B5,|3/3")
            for page in ["0", "4", "x", "-1", ""] {
                #expect(try await get("/?page=\(page)").status == .notFound)
            }
            let posted = try await HTTPCommunicator(site, method: .post, path: "/", state: state).response(
                timeout: .seconds(20))
            #expect(posted.status == .methodNotAllowed && posted.headers[.allow] == "GET, HEAD")
        }
    }

    @Test("An object by its key; any text that is no key of one is 404")
    func details() async throws {
        try await withSite { press, site, state in
            let book = try await Book.objects.create(book(1, press))
            func get(_ target: String) async throws -> HTTPTestResponse {
                try await HTTPCommunicator(site, path: target, state: state).response(timeout: .seconds(20))
            }
            #expect(try await get("/\(book.id)/").text == "B1 \(book.id) \(press.id) false")
            for key in ["999", "x", "1%20OR%201=1", "99999999999999999999", "-1", "1.0"] {
                #expect(try await get("/\(key)/").status == .notFound, "\(key)")
            }
        }
    }

    @Test("A form is shown, shown again with what is wrong, escaped, and at last redirects; a file goes to the storage")
    func forms() async throws {
        try await withSite { press, site, state in
            func send(_ target: String, _ text: String) async throws -> HTTPTestResponse {
                try await HTTPCommunicator(
                    site, method: .post, path: target,
                    headers: [.contentType: "application/x-www-form-urlencoded"], body: ByteBuffer(string: text),
                    state: state
                ).response(timeout: .seconds(20))
            }
            let shown = try await HTTPCommunicator(site, path: "/new/", state: state).response(timeout: .seconds(20))
                .text
            #expect(shown.contains(#"<input type="text" id="id_title" name="title" value="" maxlength="30" required>"#))
            #expect(shown.contains(#"<option value="\#(press.id)">人民</option>"#))
            let wrong = try await send("/new/", "title=%3Cscript%3E&code=a+b&press=\(press.id)")
            #expect(wrong.status == .unprocessableContent && wrong.text.contains(#"value="&lt;script&gt;""#))
            #expect(wrong.text.contains(#"id="id_code_error">Enter a valid “slug”"#) && !wrong.text.contains("<script"))
            #expect(wrong.text.contains(#"<option value="\#(press.id)" selected>"#))
            let made = try await send("/new/", "title=One&code=one&press=\(press.id)")
            #expect(made.status == .seeOther && made.headers[.location] == "/1/")
            #expect(try await send("/1/edit/", "title=Two&code=one&press=\(press.id)").status == .seeOther)
            #expect(try await Book.objects.get(1).title == "Two")
            #expect(try await send("/9/edit/", "title=Two&code=one&press=1").status == .notFound)

            let parts = [("title", "Two"), ("code", "one"), ("press", "\(press.id)")].map {
                "--x\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\n\r\n\($0.1)\r\n"
            }
            let file =
                "--x\r\nContent-Disposition: form-data; name=\"cover\"; filename=\"../../\(String(repeating: "长", count: 60)).png\"\r\n\r\nPNG\r\n--x--\r\n"
            let uploaded = try await HTTPCommunicator(
                site, method: .post, path: "/1/edit/", headers: [.contentType: "multipart/form-data; boundary=x"],
                body: ByteBuffer(string: parts.joined() + file), state: state
            ).response(timeout: .seconds(20))
            #expect(uploaded.status == .seeOther)
            let cover = try await Book.objects.get(1).cover
            #expect(cover.hasPrefix("cover/") && cover.hasSuffix(".png") && cover.utf8.count <= 80)
            let storage = try #require(state[MediaStorage.self])
            #expect(FileManager.default.contents(atPath: storage.folder + "/" + cover) == Data("PNG".utf8))
            try await storage.delete("../" + cover)
            try await storage.delete(cover)
            #expect(!FileManager.default.fileExists(atPath: storage.folder + "/" + cover))
        }
    }

    @Test("Deleting asks first; what others protect stays, with 409")
    func deletes() async throws {
        try await withSite { press, site, state in
            let book = try await Book.objects.create(book(1, press))
            let review = try await Review.objects.create(Review(text: "x", book: .to(book)))
            func delete(_ method: HTTPRequest.Method) async throws -> HTTPTestResponse {
                try await HTTPCommunicator(site, method: method, path: "/\(book.id)/delete/", state: state).response(
                    timeout: .seconds(20))
            }
            #expect(try await delete(.get).text == "B1?")
            #expect(try await delete(.post).status == .conflict)
            #expect(try await Book.objects.count() == 1)
            try await review.delete()
            let done = try await delete(.post)
            #expect(done.status == .seeOther && done.headers[.location] == "/")
            #expect(try await Book.objects.count() == 0)
            #expect(try await delete(.post).status == .notFound)
        }
    }
}
