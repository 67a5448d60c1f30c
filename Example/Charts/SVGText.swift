// SPDX-License-Identifier: Apache-2.0

/// SVG as text, written element by element: well-formed, whatever users have typed.
///
/// Looks are classes, since the site's policy allows no style in the page.
struct SVGText {
    private(set) var text = ""

    /// Writes an element with what is inside it. An attribute without a value is left out.
    mutating func element(
        _ name: String, _ attributes: KeyValuePairs<String, String?>, _ inside: (inout SVGText) -> Void
    ) {
        text += "<\(name)"
        for case (let name, let value?) in attributes { text += " \(name)=\"\(Self.escape(value))\"" }
        text += ">"
        inside(&self)
        text += "</\(name)>"
    }

    /// Writes an element with text, or with nothing, in it.
    mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String?>, text content: String = "") {
        element(name, attributes) { $0.text += Self.escape(content) }
    }

    /// A picture for people who see it, and its summary for those who do not.
    static func image(width: Int, height: Int, label: String, _ inside: (inout SVGText) -> Void) -> String {
        var svg = SVGText()
        svg.element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(width) \(height)", "role": "img",
                "aria-label": label,
            ], inside)
        return svg.text
    }

    /// A place in the picture, to a tenth.
    static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        return tenths.isMultiple(of: 10) ? "\(tenths / 10)" : "\(sign)\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
    }

    /// Escapes marks, scalar by scalar; what XML 1.0 cannot hold (§2.2) becomes U+FFFD.
    static func escape(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "\t", "\n", "\r": escaped.append(" ")
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped.append("\u{FFFD}")
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
