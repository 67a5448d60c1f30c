// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import SluiceWebSocket

@Suite("Limits")
struct LimitTests {
    static let small = WebSocketDecoder.Configuration(maxFrameSize: 1000, maxMessageSize: 2000, maxFragments: 4)

    @Test("RFC 6455 §10.4: a frame above the limit fails at its header with 1009")
    func frame() {
        #expect(Outcome.of([Wire.frame(0x2, .init(repeating: 0, count: 1000))], configuration: Self.small).error == nil)
        // The length alone, without key or payload.
        let outcome = Outcome.of([[0x82, 0xFE, 0x03, 0xE9]], configuration: Self.small)
        #expect(outcome.error?.code == .frameTooLarge && outcome.error?.closeCode == .messageTooBig)
    }

    @Test("RFC 6455 §10.4: a message above the limit fails at the header that exceeds it, with 1009")
    func message() {
        let half = [UInt8](repeating: 0x41, count: 1000)
        let start = Wire.frame(0x1, half, fin: false)
        let whole = Outcome.of([start + Wire.frame(0x0, half)], configuration: Self.small)
        #expect(whole.events.count == 1 && whole.error == nil)
        let header = Wire.header(0x0, length: [1])
        let outcome = Outcome.of([start + Wire.frame(0x0, half, fin: false) + header], configuration: Self.small)
        #expect(outcome.error?.code == .messageTooLarge && outcome.error?.closeCode == .messageTooBig)
    }

    @Test("A message limit below the frame limit holds for unfragmented messages too")
    func messageBelowFrame() {
        let configuration = WebSocketDecoder.Configuration(maxFrameSize: 0, maxMessageSize: 100)
        let outcome = Outcome.of([Wire.header(0x2, length: [101])], configuration: configuration)
        #expect(outcome.error?.code == .messageTooLarge)
        #expect(
            Outcome.of([Wire.frame(0x2, .init(repeating: 0, count: 100))], configuration: configuration).error == nil)
    }

    @Test("Fragments without bytes are counted, and control frames are not")
    func fragments() {
        let three =
            Wire.frame(0x1, fin: false) + Wire.frame(0x0, fin: false) + Wire.frame(0x9) + Wire.frame(0x0, fin: false)
        let four = Outcome.of([three + Wire.frame(0x0) + Wire.frame(0x1)], configuration: Self.small)
        #expect(four.events.count == 3 && four.error == nil)
        let five = Outcome.of([three + Wire.frame(0x0, fin: false) + Wire.frame(0x0)], configuration: Self.small)
        #expect(five.error?.code == .tooManyFragments && five.error?.closeCode == .policyViolation)
    }

    @Test("Fragments of 64 bytes are bounded by the message's size alone")
    func usefulFragments() {
        let part = [UInt8](repeating: 0x41, count: 64)
        let whole = Wire.frame(0x1, part, fin: false) + (0..<30).flatMap { _ in Wire.frame(0x0, part, fin: false) }
        #expect(Outcome.of([whole + Wire.frame(0x0)], configuration: Self.small).events.count == 1)
        let smaller = (0..<40).flatMap { _ in Wire.frame(0x0, Array(part[..<8]), fin: false) }
        let outcome = Outcome.of([Wire.frame(0x1, fin: false) + smaller], configuration: Self.small)
        #expect(outcome.error?.code == .tooManyFragments)
    }

    @Test("The defaults are 1 MiB and 4,096 fragments")
    func defaults() {
        #expect(Outcome.of([Wire.header(0x2, length: [127, 0, 0, 0, 0, 0, 0x10, 0, 0])]).error == nil)
        let above = Outcome.of([Wire.header(0x2, length: [127, 0, 0, 0, 0, 0, 0x10, 0, 1])])
        #expect(above.error?.code == .frameTooLarge)
        let fragments = Wire.frame(0x1, fin: false) + (0..<4095).flatMap { _ in Wire.frame(0x0, fin: false) }
        #expect(Outcome.of([fragments]).error == nil)
        #expect(Outcome.of([fragments + Wire.frame(0x0)]).error?.code == .tooManyFragments)
    }

    @Test("Without limits an announced length beyond 2 GiB is still refused, and nothing traps")
    func unlimited() {
        let configuration = WebSocketDecoder.Configuration(maxFrameSize: 0, maxMessageSize: 0, maxFragments: 0)
        let huge = Wire.header(0x2, length: [127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(Outcome.of([huge], configuration: configuration).error?.code == .frameTooLarge)
        let first = Wire.frame(0x2, [1], fin: false)
        let second = Wire.header(0x0, length: [127, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF])
        #expect(Outcome.of([first + second], configuration: configuration).error?.code == .messageTooLarge)
    }

    @Test("Memory follows what has arrived, not what was announced")
    func reservation() throws {
        var decoder = WebSocketDecoder(role: .server)
        decoder.feed(Wire.buffer(Wire.header(0x2, length: [127, 0, 0, 0, 0, 0, 0x10, 0, 0]) + [1, 2, 3]))
        #expect(try decoder.next() == nil)
        let idle = decoder.storageCapacity
        #expect(idle <= 64)
        for _ in 0..<100 {
            decoder.feed(ByteBuffer(repeating: 0, count: 1000))
            #expect(try decoder.next() == nil)
        }
        let held = decoder.storageCapacity
        #expect(held <= 4 * 100_003)
    }

    @Test("A waiting decoder holds neither a read buffer nor the last message")
    func idle() throws {
        var decoder = WebSocketDecoder(role: .server)
        let large = Wire.frame(0x2, [UInt8](repeating: 1, count: 100_000))
        decoder.feed(Wire.buffer(large + Wire.frame(0x9, [1, 2, 3]).dropLast()))
        _ = try decoder.next()
        #expect(try decoder.next() == nil)
        let settled = decoder.storageCapacity
        #expect(settled <= 1024)
        decoder.feed(Wire.buffer(Wire.frame(0x9, [1, 2, 3]).suffix(1)))
        #expect(try decoder.next() == .ping(ByteBuffer(bytes: [1, 2, 3])))
    }
}
