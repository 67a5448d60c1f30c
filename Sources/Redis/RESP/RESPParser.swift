// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// What a peer may send that is no RESP, or more than is accepted.
struct RESPError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Turns bytes into values, as they come: what has been parsed is not looked at again.
///
/// Limits hold for every value: bytes of a line and of a string, nesting, and elements in all. After an error the parser
/// is of no use any more.
struct RESPParser {
    struct Limits: Sendable {
        /// Bytes of a line: a number, a simple string, an error.
        var line = 64 << 10
        /// Bytes of a bulk string.
        var bulk = 64 << 20
        var depth = 16
        /// Elements of one value, with all that stand in each other.
        var elements = 1 << 20
    }

    private enum Kind {
        case array, set, map, push, attribute
    }

    private struct Open {
        var kind: Kind
        var remaining: Int
        var values: [RESPValue]
    }

    private enum Part {
        case value(RESPValue)
        case opened
        case unfinished
    }

    private let limits: Limits
    private var buffer = ByteBuffer()
    private var open: [Open] = []
    private var elements = 0
    /// The length of a bulk string whose bytes are not all there, and whether it is an error or verbatim.
    private var bulk: (length: Int, mark: UInt8)?
    /// How much of an unfinished line has been searched for its end.
    private var searched = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Bytes that wait for the rest of their value.
    var unfinishedBytes: Int { buffer.readableBytes }

    mutating func append(_ bytes: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            var bytes = bytes
            buffer.discardReadBytes()
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next whole value, if it is there.
    mutating func next() throws(RESPError) -> RESPValue? {
        while true {
            switch try part() {
            case .unfinished: return nil
            case .opened: continue
            case .value(let value):
                if let whole = close(value) {
                    elements = 0
                    return whole
                }
            }
        }
    }

    /// Puts a value into what is open.
    ///
    /// - Returns: a value that stands in nothing.
    private mutating func close(_ value: RESPValue) -> RESPValue? {
        var value = value
        while var last = open.popLast() {
            last.values.append(value)
            last.remaining -= 1
            guard last.remaining == 0 else {
                open.append(last)
                return nil
            }
            switch last.kind {
            case .array: value = .array(last.values)
            case .set: value = .set(last.values)
            case .map: value = .map(last.values)
            case .push: value = .push(last.values)
            // Auxiliary data before a value: nobody asked for it.
            case .attribute: return nil
            }
        }
        return value
    }

    private mutating func part() throws(RESPError) -> Part {
        if let bulk { return try readBulk(bulk.length, bulk.mark) }
        guard let mark = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return .unfinished }
        guard let line = try line() else { return .unfinished }
        switch mark {
        case UInt8(ascii: "+"): return .value(.simple(try text(line)))
        case UInt8(ascii: "-"): return .value(.error(String(decoding: line, as: UTF8.self)))
        case UInt8(ascii: ":"): return .value(.integer(try integer(line)))
        case UInt8(ascii: ","): return .value(.double(try double(line)))
        case UInt8(ascii: "("): return .value(.bigNumber(try text(line)))
        case UInt8(ascii: "_"):
            guard line.isEmpty else { throw RESPError("a null with something in it") }
            return .value(.null)
        case UInt8(ascii: "#"):
            switch try text(line) {
            case "t": return .value(.boolean(true))
            case "f": return .value(.boolean(false))
            default: throw RESPError("a truth value that is none")
            }
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            guard let length = try count(line, limit: limits.bulk) else { return .value(.null) }
            bulk = (length, mark)
            return try readBulk(length, mark)
        case UInt8(ascii: "*"): return try open(.array, line)
        case UInt8(ascii: "~"): return try open(.set, line)
        case UInt8(ascii: ">"): return try open(.push, line)
        case UInt8(ascii: "%"): return try open(.map, line)
        case UInt8(ascii: "|"): return try open(.attribute, line)
        default: throw RESPError("the type 0x\(String(mark, radix: 16)) is not known")
        }
    }

    private mutating func open(_ kind: Kind, _ line: ByteBufferView) throws(RESPError) -> Part {
        guard let count = try count(line, limit: limits.elements) else { return .value(.null) }
        let total = kind == .map || kind == .attribute ? count * 2 : count
        elements += total
        guard elements <= limits.elements else { throw RESPError("more than \(limits.elements) elements") }
        guard total > 0 else {
            switch kind {
            case .array: return .value(.array([]))
            case .set: return .value(.set([]))
            case .map: return .value(.map([]))
            case .push: throw RESPError("a push with nothing in it")
            case .attribute: return .opened
            }
        }
        guard kind != .push || open.isEmpty else { throw RESPError("a push within another value") }
        guard open.count < limits.depth else { throw RESPError("values stand deeper than \(limits.depth)") }
        open.append(Open(kind: kind, remaining: total, values: []))
        return .opened
    }

    private mutating func readBulk(_ length: Int, _ mark: UInt8) throws(RESPError) -> Part {
        guard buffer.readableBytes >= length + 2 else {
            buffer.reserveCapacity(minimumWritableBytes: length + 2 - buffer.readableBytes)
            return .unfinished
        }
        guard var bytes = buffer.readSlice(length: length), buffer.readInteger(as: UInt16.self) == 0x0D0A else {
            throw RESPError("a string that does not end where it says")
        }
        bulk = nil
        switch mark {
        case UInt8(ascii: "!"): return .value(.error(String(buffer: bytes)))
        case UInt8(ascii: "="):
            guard length >= 4 else { throw RESPError("a verbatim string without its format") }
            bytes.moveReaderIndex(forwardBy: 4)
            return .value(.bulk(bytes))
        default: return .value(.bulk(bytes))
        }
    }

    /// What stands between the type and the end of the line; nil when the end is not there yet.
    private mutating func line() throws(RESPError) -> ByteBufferView? {
        let view = buffer.readableBytesView
        let start = view.startIndex + searched
        guard let end = view[start...].firstIndex(of: UInt8(ascii: "\n")) else {
            // A carriage return alone at the end may be half of the line's end; it is no line feed, so it is not looked at again.
            searched = view.count
            guard searched <= limits.line else { throw RESPError("a line over \(limits.line) bytes") }
            return nil
        }
        guard end - view.startIndex <= limits.line else { throw RESPError("a line over \(limits.line) bytes") }
        guard end > view.startIndex + 1, view[end - 1] == UInt8(ascii: "\r") else {
            throw RESPError("a line that ends without a carriage return")
        }
        searched = 0
        let line = view[(view.startIndex + 1)..<(end - 1)]
        buffer.moveReaderIndex(to: end + 1)
        return line
    }

    /// - Returns: nil for -1, RESP2's null.
    private func count(_ line: ByteBufferView, limit: Int) throws(RESPError) -> Int? {
        let number = try integer(line)
        if number == -1 { return nil }
        guard number >= 0, number <= limit else { throw RESPError("a length of \(number), of at most \(limit)") }
        return Int(number)
    }

    private func integer(_ line: ByteBufferView) throws(RESPError) -> Int64 {
        let text = try text(line)
        guard text.utf8.count <= 20, let number = Int64(text) else { throw RESPError("a number that is none") }
        return number
    }

    private func double(_ line: ByteBufferView) throws(RESPError) -> Double {
        let text = try text(line)
        guard text.utf8.count <= 400, let number = Double(text) else { throw RESPError("a number that is none") }
        return number
    }

    private func text(_ line: ByteBufferView) throws(RESPError) -> String {
        guard let text = String(validating: line, as: UTF8.self) else { throw RESPError("a line that is no UTF-8") }
        return text
    }
}
