// SPDX-License-Identifier: Apache-2.0

#if HTTP2
import HTTPTypes
import NIOCore
import NIOHPACK
import NIOHTTP2
import SluiceCore
import Testing

@testable import SluiceServer

@Suite("HTTP/2 without sockets")
struct HTTP2FrameTests {
    @Test("RFC 9113 §4.1: frame headers are found wherever the bytes are cut")
    func scanner() {
        let frames = [
            Frame(.settings), Frame(.data, Frame.endStream, stream: 0x8000_0001, bytes: Array(1...20)),
            Frame(type: 0xFF, 0xFF, stream: 3, ByteBuffer(repeating: 0xFF, count: 300)), Frame(.ping),
        ]
        var bytes = ByteBuffer(repeating: 0x20, count: 24)
        for frame in frames { bytes.writeImmutableBuffer(frame.bytes) }
        for size in 1...bytes.readableBytes {
            var scanner = FrameScanner(skipping: 24)
            var rest = bytes
            var found: [FrameHeader] = []
            while var piece = rest.readSlice(length: min(size, rest.readableBytes)), piece.readableBytes > 0 {
                while let frame = scanner.next(in: &piece) { found.append(frame) }
                #expect(piece.readableBytes == 0)
            }
            #expect(found.map(\.type) == frames.map(\.type))
            #expect(found.map(\.length) == [0, 20, 300, 0])
            #expect(found.map(\.streamID) == [0, 1, 3, 0])
            #expect(scanner.isBetweenFrames)
        }
    }

    @Test("RFC 9113 §5.1: streams that have ended are remembered, as many as there is room for")
    func recentStreams() {
        var streams = RecentStreams()
        for id in Int32(0)..<100 {
            streams.open(2 * id + 1)
            if id % 2 == 0 { streams.end(2 * id + 1) }
        }
        #expect((0..<100).filter { streams.hasEnded(2 * $0 + 1) } == Array(stride(from: 68, to: 100, by: 2)))
        #expect(!streams.hasEnded(7_777))
    }

    @Test("RFC 9113 §10.5: what costs nothing is counted, what is work counts back")
    func budget() {
        var limits = ServerConfiguration.HTTP2Limits()
        limits.idleFrames = 10
        limits.unreadFrames = 3
        var budget = FrameBudget(limits)
        let update = FrameHeader(length: 4, type: 8, flags: 0, streamID: 0)
        for _ in 0..<100 {
            #expect(budget.received(update) == nil && budget.received(update) == nil)
            budget.sentData()
        }
        #expect((0..<11).compactMap { _ in budget.received(update) } == [.windowUpdates])
        let data = FrameHeader(length: 1, type: 0, flags: 0, streamID: 1)
        for _ in 0..<10 {
            #expect(budget.received(data) == nil)
            budget.read(1)
        }
        #expect((0..<4).compactMap { _ in budget.received(data) } == [.unreadFrames])
        let unknown = FrameHeader(length: 1, type: 0x42, flags: 0, streamID: 1)
        #expect((0..<11).compactMap { _ in budget.received(unknown) } == [.unknownFrames])
    }

    @Test("RFC 7541 §7.1.3: what is secret is never indexed")
    func indexing() throws {
        var encoder = HTTP2ResponseEncoder(method: .get)
        var quiet = HTTPField(name: .authenticationInfo, value: "b")
        quiet.indexingStrategy = .disallow
        var fields: HTTPFields = [.setCookie: "a", .contentType: "text/html"]
        fields.append(quiet)
        var found: [String: HPACKIndexing] = [:]
        for event in [
            HTTP.Outbound.responseStart(status: .ok, headers: fields),
            .responseBody(ByteBuffer(string: "x"), moreBody: false),
        ] {
            try encoder.encode(event, date: "now", serverName: nil) { payload in
                guard case .headers(let frame) = payload else { return }
                for (name, _, indexing) in frame.headers { found[name] = indexing }
            }
        }
        #expect(found["set-cookie"]?.description == HPACKIndexing.neverIndexed.description)
        #expect(found["authentication-info"]?.description == HPACKIndexing.neverIndexed.description)
        #expect(found["content-length"]?.description == HPACKIndexing.nonIndexable.description)
        #expect(found["content-type"]?.description == HPACKIndexing.indexable.description)
    }
}
#endif
