// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// How many items make how many pages (Django's `Paginator`). Numbers of pages begin at 1.
public struct Paginator: Sendable, Hashable {
    /// The highest number of a page that is looked at: an offset of billions of rows is a long query.
    public static let pageLimit = 100_000

    /// All items.
    public let count: Int
    /// Items on a page.
    public let perPage: Int
    /// A last page of so few items or fewer is part of the one before.
    public let orphans: Int

    /// A division into pages.
    ///
    /// - Parameters:
    ///   - perPage: items on a page, 1 to 1,000; others are taken to the nearest.
    ///   - orphans: a last page of so few items or fewer is part of the one before.
    public init(count: Int, perPage: Int, orphans: Int = 0) {
        self.count = max(0, count)
        self.perPage = min(max(perPage, 1), 1_000)
        self.orphans = min(max(orphans, 0), self.perPage - 1)
    }

    /// How many pages there are (`num_pages`): at least one, which is empty when there is nothing.
    public var pageCount: Int {
        let hits = max(1, count - orphans)
        return (hits - 1) / perPage + 1
    }

    /// A page by its number, or by `last`, as a client sent it; the first one for nil.
    ///
    /// - Throws: ``HTTPError`` 404 `no_page` for any text that names no page (Django's `InvalidPage`).
    public func page(_ text: String?) throws(HTTPError) -> PageBounds {
        guard let text else { return bounds(1) }
        if text == "last" { return bounds(min(pageCount, Self.pageLimit)) }
        let isNumber = !text.isEmpty && text.utf8.count <= 7 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let number = Int(text), (1...min(pageCount, Self.pageLimit)).contains(number) else {
            throw HTTPError(.notFound, code: "no_page", "there is no page \(text.prefix(50).debugDescription)")
        }
        return bounds(number)
    }

    /// The page that a text comes nearest to (Django's `get_page`): the first for what is no number or too low, the last for one that
    /// is too high.
    public func nearestPage(_ text: String?) -> PageBounds {
        if let page = try? page(text) { return page }
        guard let number = text.flatMap({ Int($0) }) else { return bounds(1) }
        return bounds(min(max(number, 1), pageCount, Self.pageLimit))
    }

    private func bounds(_ number: Int) -> PageBounds {
        let start = (number - 1) * perPage
        return PageBounds(
            paginator: self, number: number, range: start..<(number == pageCount ? max(count, start) : start + perPage))
    }
}

/// One page: its number, and which items are on it (Django's `Page`).
public struct PageBounds: Sendable, Hashable {
    /// What it is a page of.
    public let paginator: Paginator
    /// Its number.
    public let number: Int
    /// The positions of its items, counted from 0.
    public let range: Range<Int>

    /// The number of the page behind it; nil for the last one.
    public var next: Int? { number < paginator.pageCount ? number + 1 : nil }
    /// The number of the page in front of it; nil for the first one.
    public var previous: Int? { number > 1 ? number - 1 : nil }

    /// The numbers of pages to show as links, nil for those left out (Django's `get_elided_page_range`).
    ///
    /// - Parameters:
    ///   - each: how many on each side of this one.
    ///   - ends: how many at each end.
    public func elidedRange(onEachSide each: Int = 3, onEnds ends: Int = 2) -> [Int?] {
        let (each, ends, last) = (max(0, each), max(0, ends), paginator.pageCount)
        // As in Django: where leaving out would spare nothing, all are shown.
        guard last > (each + ends) * 2 else { return Array(1...last) }
        var numbers: [Int?] = []
        if number > 1 + each + ends + 1 {
            numbers += (1..<(ends + 1)).map(Optional.some) + [nil] + ((number - each)..<(number + 1)).map(Optional.some)
        } else {
            numbers += (1..<(number + 1)).map(Optional.some)
        }
        if number < last - each - ends - 1 {
            numbers += ((number + 1)..<(number + each + 1)).map(Optional.some) + [nil]
            numbers += ((last - ends + 1)..<(last + 1)).map(Optional.some)
        } else {
            numbers += ((number + 1)..<(last + 1)).map(Optional.some)
        }
        return numbers
    }

    /// What a template needs: `number`, `count` of pages, `total` of items, `first` and `last` as people count,
    /// `previous` and `next` where there are such, and `pages`, each with `number`, `isCurrent` or `isGap`.
    public var templateValues: [String: any Sendable] {
        var values: [String: any Sendable] = [
            "number": number, "count": paginator.pageCount, "total": paginator.count,
            "first": range.isEmpty ? 0 : range.lowerBound + 1, "last": range.upperBound,
            "isNeeded": paginator.pageCount > 1,
            "pages": elidedRange().map { other -> [String: any Sendable] in
                guard let other else { return ["isGap": true] }
                return ["number": other, "isCurrent": other == number]
            },
        ]
        values["previous"] = previous
        values["next"] = next
        return values
    }
}
