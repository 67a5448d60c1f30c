// SPDX-License-Identifier: Apache-2.0

extension Diagram {
    /// A colour that comes from data: a name of CSS or `#hex`, and nothing else, since it becomes part of a page.
    struct Color: Hashable, Sendable {
        /// In lower case.
        let css: String

        /// `nil` for what is no colour.
        init?(_ text: String) {
            // The longest name has 20 letters.
            guard text.utf8.count <= 20 else { return nil }
            let css = text.lowercased()
            guard Self.names.contains(css) || Self.isHex(css) else { return nil }
            self.css = css
        }

        /// `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`.
        private static func isHex(_ text: String) -> Bool {
            guard text.hasPrefix("#"), [4, 5, 7, 9].contains(text.utf8.count) else { return false }
            return text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        }

        /// CSS Color Module Level 4, §6.1.
        private static let names = Set(
            """
            aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown
            burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan
            darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred
            darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink
            deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold
            goldenrod gray green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush
            lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey
            lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow
            lime limegreen linen magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen
            mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin
            navajowhite navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise
            palevioletred papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue
            saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray slategrey snow
            springgreen steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen
            """.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
