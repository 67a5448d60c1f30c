// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceTesting
import Testing

@testable import SluiceRedis

private func values(_ text: String, limits: RESPParser.Limits = .init()) throws(RESPError) -> [RESPValue] {
    var parser = RESPParser(limits: limits)
    parser.append(ByteBuffer(string: text))
    var values: [RESPValue] = []
    while let value = try parser.next() { values.append(value) }
    return values
}

/// A value by chance, and its bytes.
private func anyValue(_ random: inout SeededGenerator, depth: Int = 0) -> (RESPValue, String) {
    func many() -> ([RESPValue], String, Int) {
        let parts = (0..<Int.random(in: 0..<6, using: &random)).map { _ in anyValue(&random, depth: depth + 1) }
        return (parts.map(\.0), parts.map(\.1).joined(), parts.count)
    }
    switch Int.random(in: 0..<(depth < 4 ? 11 : 8), using: &random) {
    case 0: return (.null, "_\r\n")
    case 1: return (.simple("OK ü"), "+OK ü\r\n")
    case 2: return (.error("ERR no"), "-ERR no\r\n")
    case 3:
        let number = Int64(truncatingIfNeeded: random.next())
        return (.integer(number), ":\(number)\r\n")
    case 4:
        let text = String(repeating: "x\r\n", count: Int.random(in: 0..<50, using: &random))
        return (.bulk(ByteBuffer(string: text)), "$\(text.utf8.count)\r\n\(text)\r\n")
    case 5: return (.boolean(true), "#t\r\n")
    case 6: return (.double(1.5), ",1.5\r\n")
    case 7: return (.bulk(ByteBuffer(string: "hi")), "=6\r\ntxt:hi\r\n")
    case 8:
        let (values, text, count) = many()
        return (.array(values), "*\(count)\r\n\(text)")
    case 9:
        let (values, text, count) = many()
        return (.set(values), "~\(count)\r\n\(text)")
    default:
        let (key, keyText) = anyValue(&random, depth: depth + 1)
        let (value, valueText) = anyValue(&random, depth: depth + 1)
        return (.map([key, value]), "%1\r\n\(keyText)\(valueText)")
    }
}

@Suite("RESP3, as a stream")
struct RESPParserTests {
    @Test("every kind of value")
    func kinds() throws {
        #expect(
            try values(
                "+OK\r\n-ERR x\r\n:-5\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n_\r\n#t\r\n#f\r\n,-inf\r\n(12345678901234567890123\r\n"
            ) == [
                .simple("OK"), .error("ERR x"), .integer(-5), .bulk(ByteBuffer(string: "a\r\n")), .null, .null, .null,
                .boolean(true), .boolean(false), .double(-.infinity), .bigNumber("12345678901234567890123"),
            ])
        #expect(
            try values("!5\r\nERR y\r\n=8\r\ntxt:abcd\r\n") == [.error("ERR y"), .bulk(ByteBuffer(string: "abcd"))])
        #expect(
            try values("*2\r\n:1\r\n*0\r\n~1\r\n+a\r\n%1\r\n+k\r\n:2\r\n>2\r\n+m\r\n:3\r\n") == [
                .array([.integer(1), .array([])]), .set([.simple("a")]), .map([.simple("k"), .integer(2)]),
                .push([.simple("m"), .integer(3)]),
            ])
        #expect(try values("|1\r\n+ttl\r\n:9\r\n*1\r\n|1\r\n+a\r\n+b\r\n:1\r\n") == [.array([.integer(1)])])
    }

    @Test("the same values come however the bytes are cut", arguments: 1...30 as ClosedRange<UInt64>)
    func cuts(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let wanted = (0..<30).map { _ in anyValue(&random) }
        let bytes = Array(wanted.map(\.1).joined().utf8)
        var parser = RESPParser()
        var found: [RESPValue] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...20, using: &random))
            parser.append(ByteBuffer(bytes: bytes[start..<end]))
            while let value = try parser.next() { found.append(value) }
            start = end
        }
        #expect(found == wanted.map(\.0) && parser.unfinishedBytes == 0)
    }

    @Test(
        "damaged bytes are an error, other values or unfinished, never a crash",
        arguments: 1...40 as ClosedRange<UInt64>)
    func damaged(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            var bytes = Array((0..<5).map { _ in anyValue(&random).1 }.joined().utf8)
            for _ in 0..<Int.random(in: 1...5, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] =
                    (Array("*%~>|$=!+-:,(#_0123456789\r\n".utf8) + [0, 255]).randomElement(using: &random) ?? 0
            }
            var parser = RESPParser(limits: .init(line: 200, bulk: 1_000, depth: 5, elements: 100))
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...50, using: &random))
                parser.append(ByteBuffer(bytes: bytes[start..<end]))
                do { while try parser.next() != nil {} } catch { break }
                start = end
            }
        }
    }

    @Test(
        "what is no RESP, or over a limit, is refused",
        arguments: [
            ("x\r\n", "not known"), ("+a\n", "carriage return"), ("\n", "carriage return"), (":1x\r\n", "number"),
            (":\r\n", "number"), ("$2\r\nabc\r\n", "does not end"), ("$-2\r\n", "length"), ("*-5\r\n", "length"),
            ("$1001\r\n", "length of 1001"), ("*101\r\n", "length of 101"), ("#x\r\n", "truth"), ("_x\r\n", "null"),
            (">0\r\n", "push"), ("*1\r\n>1\r\n", "push within"), ("*1\r\n*1\r\n*1\r\n*1\r\n", "deeper than 3"),
            (
                "*60\r\n" + String(repeating: "*9\r\n" + String(repeating: ":1\r\n", count: 9), count: 60),
                "more than 100"
            ),
            ("+" + String(repeating: "x", count: 300), "line over 200"), ("$?\r\n", "number"),
            ("=2\r\nab\r\n", "format"),
            ("%60\r\n", "more than 100"), ("$9223372036854775807\r\n", "length"),
        ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: RESPError.self) {
            _ = try values(text, limits: .init(line: 200, bulk: 1_000, depth: 3, elements: 100))
        }
        #expect(error?.description.contains(reason) == true)
    }

    @Test("a command is an array of bulk strings, whatever is in them")
    func command() throws {
        let command = RedisCommand("SET", .text("ü\r\n"), .bytes(ByteBuffer(bytes: [0, 255])), .number(-7))
        var parser = RESPParser()
        parser.append(command.encoded)
        #expect(
            try parser.next()
                == .array([
                    .bulk(ByteBuffer(string: "SET")), .bulk(ByteBuffer(string: "ü\r\n")),
                    .bulk(ByteBuffer(bytes: [0, 255])),
                    .bulk(ByteBuffer(string: "-7")),
                ]))
    }
}
