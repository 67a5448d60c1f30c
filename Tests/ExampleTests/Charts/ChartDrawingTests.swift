// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice
import Testing

@testable import Example

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite("The charts' pictures")
struct ChartDrawingTests {
    private func locale(_ code: String) async throws -> SiteLocale {
        let site = try await TestSite()
        return site.lifespan.state[Locales.self].locale(code)
    }

    @Test("bars: one for each of 30 minutes, as high as its count, and a summary in words")
    func bars() async throws {
        let counts = Array(repeating: 0, count: 27) + [5, 20, 10]
        let chart = BarChart(counts: counts, locale: try await locale("zh"))
        let heights = chart.svg.matches(of: #/height="([\d.]+)" class="bar[^"]*" data-count="(\d+)"/#)
        #expect(heights.map { Int($0.2) } == counts)
        let drawn = heights.compactMap { Double($0.1) }
        #expect(drawn[28] == 4 * drawn[27] && drawn[28] == 2 * drawn[29] && drawn[0] == 0)
        #expect(chart.svg.contains(#"role="img" aria-label="最近 30 分钟每分钟的消息：共 35 条，最多一分钟 20 条，这一分钟 10 条。""#))
        let english = BarChart(counts: counts, locale: try await locale("en"))
        #expect(
            english.summary == "Messages a minute, last 30 minutes: 35 in all, at most 20 in a minute, 10 in this one.")
        #expect(english.svg.contains(">20 min ago</text>"))
    }

    @Test(
        "bars: at most five lines of the scale, and all inside the picture",
        arguments: [0, 1, 4, 5, 9, 21, 999, 1_000_000_000])
    func scale(peak: Int) async throws {
        let svg = BarChart(counts: Array(repeating: peak, count: 30), locale: try await locale("zh")).svg
        #expect(svg.matches(of: #/<line /#).count <= 5)
        for match in svg.matches(of: #/ (?:x|y|x1|x2|y1|y2|width|height)="([^"]+)"/#) {
            let number = try #require(Double(match.1), "\(match.1)")
            #expect(number >= 0 && number <= 400)
        }
        try parse(svg)
    }

    @Test("pie: the eight busiest rooms and the others, largest first; forgotten rooms are among the others")
    func pie() async throws {
        let rooms = (1...12).map { (name: "r\($0)", count: $0) }
        let pie = PieChart(rooms: rooms, total: 100, locale: try await locale("en"))
        #expect(pie.slices.map(\.room) == ["r12", "r11", "r10", "r9", "r8", "r7", "r6", "r5", nil])
        #expect(pie.slices.reduce(0) { $0 + $1.count } == 100)
        #expect(pie.slices.map(\.rank) == [1, 2, 3, 4, 5, 6, 7, 8, 0])
        #expect(pie.summary.hasPrefix("Messages by room, 100 in all: r12 12 (12%), r11 11 (11%)"))
        #expect(pie.summary.hasSuffix("other rooms 32 (32%)."))
        #expect(pie.svg.matches(of: #/<path /#).count == 9)
        try parse(pie.svg)
    }

    @Test("pie: no message at all, one room alone, and a slice that is next to nothing")
    func edges() async throws {
        let locale = try await locale("zh")
        let empty = PieChart(rooms: [], total: 0, locale: locale)
        #expect(empty.summary == "各房间的消息：还没有消息。" && empty.svg.contains("还没有消息</text>"))
        let one = PieChart(rooms: [("聊天", 3)], total: 3, locale: locale)
        #expect(one.summary == "各房间的消息，共 3 条：聊天 3 条（100%）。")
        #expect(one.svg.contains("<circle") && !one.svg.contains("<path"))
        let tiny = PieChart(rooms: [("a", 999_999), ("b", 1)], total: 1_000_000, locale: locale)
        #expect(tiny.summary.contains("b 1 条（<1%）"))
        for pie in [empty, one, tiny] { try parse(pie.svg) }
    }

    @Test("equal input gives an equal picture, in whatever order the rooms come")
    func deterministic() async throws {
        let locale = try await locale("zh")
        let rooms = ["b", "a", "c"].map { (name: $0, count: 2) }
        let pictures = [rooms, rooms.reversed()].map { PieChart(rooms: $0, total: 6, locale: locale).svg }
        #expect(pictures[0] == pictures[1])
    }

    @Test(
        "a room's name is text in the picture, whatever it holds",
        arguments: [
            #"<script>alert(1)</script>"#, #""><image href="x"/>"#, "a&b;", "\"\u{301}", "\u{0}\u{1}\u{FFFE}", "{room}",
            "مرحبا", String(repeating: "字", count: 60), String(repeating: "a\u{300}", count: 60), "]]>", "'",
        ])
    func hostileNames(name: String) async throws {
        let pie = PieChart(rooms: [(name, 1), ("b", 1)], total: 2, locale: try await locale("zh"))
        let svg = pie.svg
        #expect(!svg.contains("<script") && !svg.contains("<image"))
        #expect(!svg.contains("style=") && !svg.contains(" on"))
        try parse(svg)
        #expect(svg.matches(of: #/<text /#).count == 8, "two numbers in slices; number, name and share for each room")
    }

    @Test("places in a picture are written to a tenth")
    func numbers() {
        for (value, text) in [(1.0, "1"), (1.04, "1"), (1.25, "1.3"), (-0.5, "-0.5"), (-0.01, "0"), (100, "100")] {
            #expect(SVGText.number(value) == text)
        }
    }

    /// Checks that a text is well-formed XML.
    private func parse(_ svg: String) throws {
        let parser = XMLParser(data: Data(svg.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError)): \(svg)")
    }
}
