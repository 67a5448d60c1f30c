// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import NIOCore
import NIOHPACK
import SluiceTesting
import SluiceWebSocket
import Testing

@testable import SluiceServer

@Suite("Fuzzing of HTTP/2 connections")
struct HTTP2FuzzTests {
    /// Frames behind preface and settings. Header blocks stand for themselves, in any order.
    private static let corpus: [[Frame]] = {
        func block(_ fields: [(String, String)]) -> ByteBuffer {
            var bytes = ByteBuffer()
            for (name, value) in fields { bytes.writeBytes(FrameClient.literal(name, value)) }
            return bytes
        }
        func headers(_ fields: [(String, String)], ends: Bool = true) -> Frame {
            Frame(.headers, Frame.endHeaders | (ends ? Frame.endStream : 0), stream: 1, block(fields))
        }
        func data(_ text: String, ends: Bool = true) -> Frame {
            Frame(.data, ends ? Frame.endStream : 0, stream: 1, ByteBuffer(string: text))
        }
        let post = headers(FrameClient.request("POST"), ends: false)
        let trailers = headers([("x-trailer", "1")])
        let whole = block(FrameClient.request())
        let cut = whole.readableBytes / 2
        let connect = headers(
            FrameClient.request("CONNECT", "/ws") + [(":protocol", "websocket"), ("sec-websocket-version", "13")],
            ends: false)
        var close = ByteBuffer()
        FrameEncoder(role: .client).writeClose(.normalClosure, reason: "", into: &close)
        return [
            [headers(FrameClient.request())],
            [post, data("abc", ends: false), data("def")],
            [post, data("abc", ends: false), trailers],
            [post, Frame(.data, Frame.endStream | Frame.padded, stream: 1, ByteBuffer(string: "\u{2}abcxx"))],
            [
                Frame(.headers, Frame.endStream, stream: 1, whole.getSlice(at: 0, length: cut) ?? ByteBuffer()),
                Frame(
                    .continuation, Frame.endHeaders, stream: 1,
                    whole.getSlice(at: cut, length: whole.readableBytes - cut) ?? ByteBuffer()),
            ],
            [connect, Frame(.data, stream: 1, frames("one", "two")), Frame(.data, Frame.endStream, stream: 1, close)],
            [connect, Frame(.data, stream: 1, frames("one")), .reset(1)],
            [Frame(.ping, ByteBuffer(integer: UInt64(7)))],
            [.windowUpdate(1_000), .windowUpdate(1_000, stream: 1)],
            [.settings([(4, 1), (5, 20_000), (1, 0)]), headers(FrameClient.request()), .settings([(4, 65_535)])],
            [Frame(.priority, stream: 1, bytes: [0, 0, 0, 3, 15])],
            [post, .reset(1)],
            [Frame(.goAway, ByteBuffer(bytes: [0, 0, 0, 0, 0, 0, 0, 0]))],
            [Frame(type: 0x20, 0xFF, stream: 1, ByteBuffer(string: "extension"))],
            [Frame(.settings, Frame.acknowledgement)],
        ]
    }()

    @Test("RFC 9113: whatever comes, answers are frames, and nothing is left of the connection")
    func damaged() throws {
        let fuzzed = FuzzedHost()
        try FuzzedHost.forSomeTime { random, seed in
            var bytes = Array(FrameClient.preface.utf8) + Array(Frame.settings([]).bytes.readableBytesView)
            var damaged = Self.conversation(&random)
            random.damage(&damaged)
            bytes += damaged
            let answer = try fuzzed.serve(random.cut(bytes))
            #expect(Self.areFrames(answer), "seed \(seed)")
            #expect(answer.readableBytes <= 200_000, "seed \(seed)")
            #expect(!fuzzed.host.isBusy, "seed \(seed)")
        }
    }

    /// Some of the corpus, each part on a stream of its own, and some frames changed.
    private static func conversation(_ random: inout SeededGenerator) -> [UInt8] {
        var conversation: [Frame] = []
        for index in 0..<Int.random(in: 1...6, using: &random) {
            for var frame in corpus[Int.random(in: corpus.indices, using: &random)] {
                if frame.stream != 0 { frame.stream = UInt32(2 * index + 1) }
                conversation.append(frame)
            }
        }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let index = Int.random(in: conversation.indices, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: conversation[index].flags = UInt8.random(in: .min ... .max, using: &random)
            case 1: conversation[index].stream = UInt32.random(in: 0...15, using: &random)
            case 2: conversation[index].type = UInt8.random(in: 0...12, using: &random)
            case 3: conversation.insert(conversation[index], at: index)
            case 4: conversation.swapAt(index, Int.random(in: conversation.indices, using: &random))
            default:
                conversation[index].payload.moveReaderIndex(forwardBy: conversation[index].payload.readableBytes / 2)
            }
        }
        return conversation.flatMap { Array($0.bytes.readableBytesView) }
    }

    /// Whether it is frames of known types, SETTINGS first.
    private static func areFrames(_ answer: ByteBuffer) -> Bool {
        var (scanner, rest, isFirst) = (FrameScanner(), answer, true)
        while let frame = scanner.next(in: &rest) {
            guard let kind = frame.kind, frame.length <= 20_000, !isFirst || kind == .settings else { return false }
            isFirst = false
        }
        return rest.readableBytes == 0
    }

    @Test("§4.1 the scanner finds the same frames however the bytes are cut")
    func scanner() {
        FuzzedHost.forSomeTime { random, seed in
            var bytes = Self.conversation(&random)
            random.damage(&bytes)
            #expect(Self.scan(random.cut(bytes)) == Self.scan([bytes]), "seed \(seed)")
        }
    }

    private static func scan(_ pieces: [[UInt8]]) -> [String] {
        var (scanner, found): (FrameScanner, [String]) = (FrameScanner(), [])
        for piece in pieces {
            var rest = ByteBuffer(bytes: piece)
            while let frame = scanner.next(in: &rest) { found.append("\(frame)") }
        }
        return found
    }
}
#endif
