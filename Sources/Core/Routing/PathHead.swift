// SPDX-License-Identifier: Apache-2.0

/// The first eight bytes of a path or pattern in one word: passes over most routes of an application with one
/// comparison each, without touching their patterns.
struct PathHead: Sendable {
    private let bytes: UInt64
    private let mask: UInt64

    /// The head of a path from a place on; what is missing is zero.
    init(of path: borrowing Span<UInt8>, from start: Int) {
        var bytes: UInt64 = 0
        for offset in 0..<min(8, path.count - start) { bytes |= UInt64(path[start + offset]) << UInt64(8 * offset) }
        self.bytes = bytes
        mask = .max
    }

    /// The head of a pattern that begins with a literal; an empty one admits every path.
    init(ofLiteral literal: [UInt8]) {
        self.init(of: literal.span, mask: literal.count < 8 ? (1 << UInt64(8 * literal.count)) - 1 : .max)
    }

    private init(of literal: borrowing Span<UInt8>, mask: UInt64) {
        bytes = PathHead(of: literal, from: 0).bytes
        self.mask = mask
    }

    /// Whether a path may match this pattern; a path that does match is always admitted.
    func admits(_ path: PathHead) -> Bool {
        (bytes ^ path.bytes) & mask == 0
    }
}
