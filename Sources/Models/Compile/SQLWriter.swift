// SPDX-License-Identifier: Apache-2.0

/// A statement in the making: its text, with a mark where a value is bound, and the values.
struct SQLWriter {
    /// Stands in the text for a bound value until the statement is whole; no text of a program may hold it.
    static let mark: UInt8 = 0x01

    private(set) var text: [UInt8] = []
    private(set) var binds: [Value] = []

    init() { text.reserveCapacity(256) }

    mutating func write(_ sql: String) { text.append(contentsOf: sql.utf8) }

    mutating func write(_ sql: StaticString) {
        text.append(contentsOf: UnsafeBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount))
    }

    mutating func bind(_ value: Value) {
        text.append(Self.mark)
        binds.append(value)
    }

    /// Takes in what was written apart.
    mutating func write(_ piece: SQLWriter) {
        text.append(contentsOf: piece.text)
        binds.append(contentsOf: piece.binds)
    }

    /// SQL of the program as it is.
    mutating func write(raw sql: String) throws {
        guard !sql.utf8.contains(Self.mark), !sql.utf8.contains(0) else {
            throw ModelError(.value, "raw SQL must not hold control characters")
        }
        write(sql)
    }

    /// A name in quotes.
    mutating func quote(_ name: String) {
        text.append(0x22)
        if name.utf8.contains(where: { $0 == 0x22 || $0 <= Self.mark }) {
            for byte in name.utf8 where byte > Self.mark {
                text.append(byte)
                if byte == 0x22 { text.append(0x22) }
            }
        } else {
            text.append(contentsOf: name.utf8)
        }
        text.append(0x22)
    }

    var isEmpty: Bool { text.isEmpty }

    /// The whole text, with the dialect's placeholders.
    func finished(_ style: PlaceholderStyle) -> String {
        guard !binds.isEmpty else { return String(decoding: text, as: UTF8.self) }
        if style == .question {
            var out = text
            for index in out.indices where out[index] == Self.mark { out[index] = 0x3F }
            return String(decoding: out, as: UTF8.self)
        }
        var out: [UInt8] = []
        out.reserveCapacity(text.count + binds.count * 3)
        var number = 0
        for byte in text {
            guard byte == Self.mark else {
                out.append(byte)
                continue
            }
            number += 1
            out.append(0x24)
            out.append(contentsOf: String(number).utf8)
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension SQLWriter: Hashable {}

/// How a bound value is marked in a statement.
public enum PlaceholderStyle: Sendable {
    /// `?`
    case question
    /// `$1`
    case numbered
}

/// A statement ready to run.
public struct Statement: Sendable {
    /// The text, with the dialect's placeholders.
    public var sql: String
    /// The values of the placeholders, in their order.
    public var binds: [Value]

    /// SQL with the values of its placeholders.
    public init(sql: String, binds: [Value] = []) {
        self.sql = sql
        self.binds = binds
    }
}
