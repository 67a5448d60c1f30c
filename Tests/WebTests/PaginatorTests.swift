// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceWeb
import Testing

@Suite("Pagination")
struct PaginatorTests {
    @Test(
        "Django's Paginator: pages and orphans",
        arguments: [
            (0, 10, 0, 1), (1, 10, 0, 1), (10, 10, 0, 1), (11, 10, 0, 2), (11, 10, 1, 1), (12, 10, 1, 2), (10, 4, 1, 3),
            (9, 4, 1, 2), (1, 10, 2, 1), (1_000_000, 1, 0, 1_000_000), (5, 0, 0, 5), (-3, 10, 0, 1),
        ])
    func counts(count: Int, perPage: Int, orphans: Int, pages: Int) throws {
        let paginator = Paginator(count: count, perPage: perPage, orphans: orphans)
        #expect(paginator.pageCount == pages)
        // Every item is on exactly one page.
        guard count < 1_000 else { return }
        let ranges = try (1...pages).map { try paginator.page("\($0)").range }
        #expect(ranges.flatMap(Array.init) == Array(0..<max(0, count)))
    }

    @Test(
        "What names no page is 404, or the nearest page when that is asked for",
        arguments: [
            ("0", 1), ("-1", 1), ("4", 3), ("99999999999999999999", 1), ("9999999", 3), ("two", 1), ("", 1), ("1.0", 1),
            ("+1", 1), (" 1", 1), ("1e3", 1), ("１", 1),
        ])
    func bad(text: String, nearest: Int) {
        let paginator = Paginator(count: 30, perPage: 10)
        let error = #expect(throws: HTTPError.self) { try paginator.page(text) }
        #expect(error?.status == .notFound && error?.code == "no_page")
        #expect(paginator.nearestPage(text).number == nearest)
    }

    @Test("A page knows its neighbours, and a template what to show")
    func values() throws {
        let paginator = Paginator(count: 25, perPage: 10)
        let (first, last) = (try paginator.page(nil), try paginator.page("last"))
        #expect(first.previous == nil && first.next == 2 && first.range == 0..<10)
        #expect(last.number == 3 && last.previous == 2 && last.next == nil && last.range == 20..<25)
        let values = last.templateValues
        #expect(values["first"] as? Int == 21 && values["last"] as? Int == 25 && values["total"] as? Int == 25)
        #expect(values["next"] == nil && (values["pages"] as? [[String: any Sendable]])?.count == 3)
        let empty = try Paginator(count: 0, perPage: 10).page("1")
        #expect(empty.range.isEmpty && empty.templateValues["first"] as? Int == 0)
        // A page so far behind that its rows would take long to find is none.
        #expect(throws: HTTPError.self) { try Paginator(count: .max, perPage: 10).page("100001") }
    }

    @Test(
        "Django's get_elided_page_range",
        arguments: [
            (1, "1 2 3 4 . 49 50"), (6, "1 2 3 4 5 6 7 8 9 . 49 50"), (7, "1 2 3 4 5 6 7 8 9 10 . 49 50"),
            (8, "1 2 . 5 6 7 8 9 10 11 . 49 50"), (43, "1 2 . 40 41 42 43 44 45 46 . 49 50"),
            (50, "1 2 . 47 48 49 50"),
        ])
    func elided(number: Int, shown: String) throws {
        let page = try Paginator(count: 500, perPage: 10).page("\(number)")
        #expect(page.elidedRange().map { $0.map(String.init) ?? "." }.joined(separator: " ") == shown)
        #expect(try Paginator(count: 100, perPage: 10).page("5").elidedRange() == Array(1...10))
    }
}
