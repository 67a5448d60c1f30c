// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice
import Testing

@testable import Example

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite("Diagrams as SVG")
struct DiagramPictureTests {
    private func picture(_ diagram: Diagram, _ code: String = "zh") async throws -> String {
        let site = try await TestSite()
        let locale = site.lifespan.state[Locales.self].locale(code)
        return DiagramPicture(drawing: DiagramDrawing(diagram), locale: locale).svg
    }

    @Test("a node has a name with its state in words, can be focused, and a mark beside its colour")
    func node() async throws {
        var diagram = Diagram.dag
        diagram.set("Beta", \.state, .failed)
        let chinese = try await picture(diagram)
        #expect(
            chinese.contains(
                #"<g role="img" aria-label="Beta: 失败" tabindex="0" data-key="Beta" data-state="failed" data-figure="RoundedRectangle""#
            ))
        #expect(chinese.contains(##"<use href="#mark-failed""##))
        #expect(try await picture(diagram, "en").contains(#"aria-label="Beta: failed""#))
    }

    @Test("a link has its ends, its state and its text; failed and running ones are drawn last")
    func link() async throws {
        var diagram = Diagram.dag
        diagram.set("Alpha", "Beta", \.state, .running)
        diagram.set("Alpha", "Beta", \.text, "执行中...")
        let svg = try await picture(diagram)
        let links = svg.matches(of: #/data-link="" data-from="(\w+)" data-to="(\w+)" data-state="(\w+)"/#)
        #expect(links.map { "\($0.1) \($0.2) \($0.3)" }.last == "Alpha Beta running")
        #expect(links.count == 4 && svg.contains(">执行中...</text>"))
    }

    @Test("whatever is in the data: well-formed, nothing but text, no style", arguments: UInt64(0)..<20)
    func hostile(seed: UInt64) async throws {
        var diagram = Diagram.random(seed)
        let text = "<script>alert(1)</script>\" onload=\"x\n& ]]> \u{0}"
        diagram.add(node: .init(key: "\"><b>", text: text, color: .init("red")))
        diagram.add(
            node: .init(key: "c", text: "c", parent: "\"><b>", textColor: .init("white"), textBackground: .init("#000"))
        )
        diagram.add(link: .init(from: "\"><b>", to: "c", text: text))
        let svg = try await picture(diagram)
        let document = try XMLDocument(xmlString: svg)
        #expect(document.rootElement()?.name == "svg")
        #expect(!svg.contains("<script") && !svg.contains("style=") && !svg.contains("onload=\""))
        #expect(svg.contains(#"fill="red""#) && svg.contains(##"fill="#000""##))
    }

    @Test("every figure is drawn in its box")
    func figures() {
        for figure in Diagram.Figure.allCases {
            let path = FigurePath.path(figure, 100, 60)
            #expect(path.hasPrefix("M") && path.hasSuffix("Z"))
            for number in path.matches(of: #/[\d.]+/#) { #expect(Double(number.0) ?? 101 <= 100, "\(figure): \(path)") }
        }
    }

    @Test("corners are rounded, by no more than half the way to the next one")
    func corners() {
        #expect(
            FigurePath.path(through: [[0, 0], [20, 0], [20, 8], [40, 8]]) == "M0 0L14 0Q20 0 20 4L20 4Q20 8 26 8L40 8")
        #expect(FigurePath.path(through: [[0, 0], [70, 0]]) == "M0 0L70 0")
        #expect(FigurePath.head(of: [[0, 0], [70, 0]]) == "M63 -5L70 0L63 5")
    }
}
