// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceWebSocket
import Testing

@Suite("Frame encoder")
struct FrameEncoderTests {
    let server = FrameEncoder(role: .server)

    func bytes(_ write: (inout ByteBuffer) -> Void) -> [UInt8] {
        var out = ByteBuffer()
        write(&out)
        return Array(out.readableBytesView)
    }

    @Test("RFC 6455 §5.7: the samples of the RFC")
    func samples() {
        #expect(bytes { server.writeText("Hello", into: &$0) } == [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        let hello = ByteBuffer(string: "Hello")
        #expect(bytes { server.writePing(hello, into: &$0) } == [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        #expect(bytes { server.writePong(hello, into: &$0) } == [0x8A, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        #expect(
            bytes {
                server.writeFrame(.text, ByteBuffer(string: "Hel"), fin: false, into: &$0)
                server.writeFrame(.continuation, ByteBuffer(string: "lo"), into: &$0)
            } == [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F])
    }

    @Test("RFC 6455 §5.2: text is counted in bytes, and frames are appended")
    func text() {
        let expected = Wire.frame(0x1, Array("聊天👍".utf8), mask: nil) + Wire.frame(0x1, Array("é".utf8), mask: nil)
        #expect(
            bytes {
                server.writeText("聊天👍", into: &$0)
                server.writeText(utf8: ByteBuffer(string: "é"), into: &$0)
            } == expected)
    }

    @Test("RFC 7692 §6: reserved bits of extensions on data frames, never on control frames")
    func reserved() {
        let payload = ByteBuffer(bytes: [1])
        #expect(bytes { server.writeFrame(.text, payload, reserved: .rsv1, into: &$0) } == [0xC1, 1, 1])
        #expect(bytes { server.writeFrame(.ping, payload, fin: false, reserved: .rsv1, into: &$0) } == [0x89, 1, 1])
    }

    @Test("RFC 6455 §5.5: a control frame carries at most 125 bytes")
    func longPing() {
        let long = ByteBuffer(repeating: 7, count: 200)
        #expect(
            bytes { server.writePing(long, into: &$0) } == Wire.frame(0x9, .init(repeating: 7, count: 125), mask: nil))
    }

    @Test("RFC 6455 §5.3: a client masks each frame with another key and leaves the payload's owner alone")
    func masked() {
        let client = FrameEncoder(role: .client)
        let payload = ByteBuffer(repeating: 0, count: 64)
        var keys: Set<[UInt8]> = []
        for _ in 0..<50 {
            let frame = bytes { client.writeBinary(payload, into: &$0) }
            #expect(Array(frame[..<2]) == [0x82, 0x80 | 64])
            #expect(Array(frame[6...]) == (0..<16).flatMap { _ in frame[2..<6] })
            keys.insert(Array(frame[2..<6]))
        }
        #expect(keys.count > 40)
        #expect(payload == ByteBuffer(repeating: 0, count: 64))
    }

    @Test("RFC 6455 §5.5.1: code and reason of a close frame; codes not for the wire leave it empty")
    func close() {
        #expect(
            bytes { server.writeClose(.normalClosure, reason: "bye", into: &$0) } == Wire.close(1000, "bye", mask: nil))
        #expect(bytes { server.writeClose(nil, reason: "bye", into: &$0) } == [0x88, 0])
        for code in [
            CloseCode.noStatus, .abnormalClosure, .tlsHandshake, CloseCode(rawValue: 0), CloseCode(rawValue: 5000),
        ] {
            #expect(bytes { server.writeClose(code, reason: "bye", into: &$0) } == [0x88, 0])
        }
    }

    @Test(
        "RFC 6455 §5.5: a reason is cut to 123 bytes at the end of a scalar",
        arguments: ["a", "é", "聊", "👍", "e\u{301}"], 0..<4)
    func longReason(unit: String, offset: Int) throws {
        let reason = String(repeating: "x", count: offset) + String(repeating: unit, count: 200)
        let frame = bytes { server.writeClose(.goingAway, reason: reason, into: &$0) }
        #expect(frame.count == 2 + Int(frame[1]) && frame[1] <= 125 && frame[1] > 125 - 4)
        let sent = try #require(String(validating: frame[4...], as: UTF8.self))
        #expect(Array(reason.utf8).starts(with: sent.utf8))
        // The next scalar would not have fitted.
        let next = reason.unicodeScalars.dropFirst(sent.unicodeScalars.count).first.map { String($0).utf8.count } ?? 0
        #expect(sent.utf8.count + next > 123)
    }

    @Test("RFC 6455 §5.5: a reason of exactly 123 bytes is whole")
    func exactReason() {
        let reason = String(repeating: "聊", count: 41)
        #expect(
            bytes { server.writeClose(.goingAway, reason: reason, into: &$0) } == Wire.close(1001, reason, mask: nil))
    }

    @Test("A large payload is not copied: header and payload go out as two buffers")
    func gather() throws {
        let payload = ByteBuffer(repeating: 7, count: FrameEncoder.gatherThreshold)
        var out = ByteBuffer()
        let rest = try #require(server.gather(.binary, payload, into: &out))
        #expect(Array(out.readableBytesView) == [0x82, 126, 0x40, 0x00])
        let addresses = [payload, rest].map { $0.withUnsafeReadableBytes { $0.baseAddress } }
        #expect(addresses[0] == addresses[1])
        #expect(server.gather(.text, ByteBuffer(repeating: 7, count: 100), into: &out) == nil)
        #expect(out.readableBytes == 4 + 102)
    }
}
