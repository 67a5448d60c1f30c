// SPDX-License-Identifier: Apache-2.0

/// How large a text will be, without its font: what a browser then draws must fit.
enum TextSize {
    /// Pixels of the font, and from line to line.
    static let em = 14.0
    static let line = 20

    /// The width of a line in pixels, rounded up.
    static func width(of line: some StringProtocol) -> Int {
        Int((line.unicodeScalars.reduce(0) { $0 + ems(of: $1) } * em).rounded(.up))
    }

    /// Ideographs, kana, hangul, full-width forms and emoji are as wide as high; marks take no place of their own.
    private static func ems(of scalar: Unicode.Scalar) -> Double {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 1
        default:
            return scalar.properties.isEmojiPresentation ? 1 : 0.58
        }
    }
}
