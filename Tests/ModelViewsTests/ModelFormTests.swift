// SPDX-License-Identifier: Apache-2.0

import Sluice
import Testing

@Suite("Forms made from models", .timeLimit(.minutes(1)))
struct ModelFormTests {
    private func values(_ press: Press, _ others: [String: String] = [:]) -> [String: String] {
        ["title": "One", "code": "one", "binding": "H", "pages": "3", "press": "\(press.id)"].merging(others) { $1 }
    }

    @Test("Labels, widgets, choices and what must be filled in come from the declaration")
    func fields() async throws {
        try await withShop { press, other in
            let form = try await ModelForm.book.unbound()
            #expect(form.isBound == false && form.isValid == false && form.isMultipart)
            #expect(
                form.fields.map(\.widget) == [
                    .text, .text, .number, .select, .date, .number, .checkbox, .textarea, .file, .select,
                ])
            #expect(form.fields.map(\.isRequired) == [true, true, true, true, true, true, false, false, false, true])
            #expect(form["published_on"]?.label == "Published on" && form["title"]?.helpText == "As on the cover.")
            #expect(form["title"]?.maxLength == 30 && form["price"]?.step == "0.01")
            #expect(form["binding"]?.options?.map(\.label) == ["Hardcover", "Paperback"])
            #expect(form["binding"]?.value == "S" && form["pages"]?.value == "10", "the defaults")
            #expect(form["press"]?.options?.map(\.label) == ["Zhonghua", "人民"], "in the order of the model")
            #expect(form["press"]?.options?.map(\.value) == [.int(Int64(other.id)), .int(Int64(press.id))])
            for name in ["id", "changed_at", "none", "reviews"] {
                await #expect(throws: ModelError.self) { try await ModelForm<Book>(fields: [name]).unbound() }
            }
        }
    }

    @Test("What was typed becomes an object, without white space around it; only the form's fields are taken")
    func created() async throws {
        try await withShop { press, _ in
            let form = form(
                values(
                    press,
                    [
                        "title": " 红楼梦\r\n", "price": "12.50", "published_on": "2026-01-02", "is_sold": "on",
                        "notes": "a\r\nb", "owner": "somebody else", "id": "77",
                    ]))
            var bound = try await ModelForm.book.bind(form)
            #expect(bound.isValid == true, "\(bound.fields.flatMap(\.errors)) \(bound.errors)")
            let book = try #require(try await bound.save())
            #expect(book.title == "红楼梦" && book.price == ExactDecimal("12.50") && book.binding == .hard)
            #expect(book.publishedOn == Day("2026-01-02") && book.isSold && book.notes == "a\nb" && book.pages == 3)
            #expect(book.owner == "nobody" && book.id == 1 && book.press.id == press.id)
            #expect(try await Book.objects.get(1).title == "红楼梦")
        }
    }

    @Test(
        "Each field says what is wrong with it",
        arguments: [
            ("title", "", "required"), ("title", "  \n", "required"), ("title", "a\u{0}", "null_characters"),
            ("title", String(repeating: "字", count: 31), "model"), ("code", "a b", "invalid"),
            ("code", "é", "invalid"), ("price", "1e400", "invalid"), ("price", "NaN", "invalid"),
            ("price", "1.234", "model"), ("price", "12345", "model"), ("binding", "X", "invalid_choice"),
            ("binding", "", "required"), ("published_on", "2026-02-30", "invalid"), ("pages", "3.5", "invalid"),
            ("pages", "99999999999", "model"), ("pages", "99999999999999999999", "invalid"),
            ("press", "999", "invalid_choice"),
            ("press", "1 OR 1=1", "invalid_choice"), ("press", "", "required"),
        ])
    func wrong(name: String, text: String, code: String) async throws {
        try await withShop { press, _ in
            var bound = try await ModelForm.book.bind(
                form(values(press, ["price": "1", "published_on": "2026-01-02"].merging([name: text]) { $1 })))
            #expect(bound[name]?.errors.map(\.code) == [code])
            #expect(bound.fields.filter { $0.name != name }.allSatisfy(\.errors.isEmpty) && bound.errors.isEmpty)
            #expect(bound[name]?.value == text, "what was typed is shown again")
            await #expect(throws: HTTPError.self) { _ = try await bound.save() }
        }
    }

    @Test("Unique values are checked, for one field and for several, but not against the object itself")
    func unique() async throws {
        try await withShop { press, other in
            let complete = ["price": "1", "published_on": "2026-01-02"]
            var first = try await ModelForm.book.bind(form(values(press, complete)))
            let book = try #require(try await first.save())
            let same = try await ModelForm.book.bind(form(values(press, complete)))
            #expect(same["code"]?.errors.count == 1 && same.errors.count == 1)
            let elsewhere = try await ModelForm.book.bind(
                form(values(other, complete.merging(["code": "two"]) { $1 })))
            #expect(elsewhere.isValid == true)
            var again = try await ModelForm.book.bind(
                form(values(press, complete.merging(["pages": "4"]) { $1 })), to: book)
            let changed = try await again.save()
            #expect(changed?.pages == 4)
            // Both were valid when they were checked; one comes second.
            var (left, right) = (elsewhere, elsewhere)
            let (one, two) = (try await left.save(), try await right.save())
            #expect(one != nil && two == nil)
            #expect(right.errors.map(\.code) == ["unique"] && right.isValid == false)
        }
    }

    @Test("Of an object that is changed only the form's fields are written, so that no other change is lost")
    func updated() async throws {
        try await withShop { press, _ in
            var first = try await ModelForm.book.bind(
                form(values(press, ["price": "1", "published_on": "2026-01-02"])))
            let book = try #require(try await first.save())
            let small = ModelForm<Book>(fields: ["title"])
            var bound = try await small.bind(form(["title": "Two", "pages": "99"]), to: book)
            try await Book.objects.all().update { $0.pages.set(to: 50) }
            #expect(try await Book.objects.get(book.id).pages == 50)
            _ = try #require(try await bound.save())
            let now = try await Book.objects.get(book.id)
            #expect(now.title == "Two" && now.pages == 50)
            #expect(try await small.unbound(now)["title"]?.value == "Two")
        }
    }
}
