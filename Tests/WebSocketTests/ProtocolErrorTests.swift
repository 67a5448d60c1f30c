// SPDX-License-Identifier: Apache-2.0

import SluiceWebSocket
import Testing

@Suite("Protocol errors")
struct ProtocolErrorTests {
    /// Whole, bytewise and behind a valid message: each time the same error, and nothing after it.
    func expect(
        _ code: WebSocketError.Code, _ closeCode: CloseCode = .protocolError, from bytes: [UInt8],
        role: WebSocketRole = .server, configuration: WebSocketDecoder.Configuration = .init(),
        isCompressing: Bool = false, location: SourceLocation = #_sourceLocation
    ) {
        let mask: [UInt8]? = role == .server ? [9, 8, 7, 6] : nil
        let after = Wire.frame(0x1, [0x41], mask: mask)
        for parts in [[bytes + after], bytes.bytewise + [after], (bytes + after).cut(at: [2])] {
            let outcome = Outcome.of(
                parts, role: role, configuration: configuration, deflate: isCompressing ? .test(role) : nil)
            #expect(outcome.error?.code == code, sourceLocation: location)
            #expect(outcome.error?.closeCode == closeCode, sourceLocation: location)
            #expect(outcome.error.map { $0.reason.utf8.count <= 123 } == true, sourceLocation: location)
            #expect(outcome.events.isEmpty, sourceLocation: location)
        }
        let behind = Outcome.of([after + bytes], role: role, configuration: configuration)
        #expect(behind.events.count == 1 && behind.error?.code == code, sourceLocation: location)
    }

    @Test("RFC 6455 §5.2: reserved bits", arguments: [0x1, 0x2, 0x8, 0x9, 0xA] as [UInt8])
    func reservedBits(opcode: UInt8) {
        for bits: UInt8 in [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70] {
            expect(.reservedBits, from: Wire.frame(opcode, reserved: bits))
        }
    }

    @Test("RFC 7692 §6: RSV1 only where allowed: not the other bits, not on continuations or control frames")
    func reservedBitsWithExtension() {
        for (opcode, bits) in [(0x1, 0x20), (0x1, 0x60), (0x2, 0x10), (0x9, 0x40), (0x8, 0x40)] as [(UInt8, UInt8)] {
            expect(.reservedBits, from: Wire.frame(opcode, reserved: bits), isCompressing: true)
        }
        let continued = Wire.frame(0x1, fin: false, reserved: 0x40) + Wire.frame(0x0, reserved: 0x40)
        expect(.reservedBits, from: continued, isCompressing: true)
    }

    @Test("RFC 6455 §5.2: reserved opcodes", arguments: [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] as [UInt8])
    func reservedOpcodes(opcode: UInt8) {
        expect(.reservedOpcode, from: Wire.frame(opcode))
        expect(.reservedOpcode, from: Wire.frame(opcode, mask: nil), role: .client)
    }

    @Test("RFC 6455 §5.1: a client masks, a server does not", arguments: [0x1, 0x2, 0x8, 0x9, 0xA] as [UInt8])
    func masking(opcode: UInt8) {
        expect(.masking, from: Wire.frame(opcode, mask: nil))
        expect(.masking, from: Wire.frame(opcode), role: .client)
    }

    @Test("RFC 6455 §5.5: control frames are whole and of at most 125 bytes", arguments: [0x8, 0x9, 0xA] as [UInt8])
    func control(opcode: UInt8) {
        expect(.controlFrame, from: Wire.frame(opcode, fin: false))
        expect(.controlFrame, from: Wire.frame(opcode, [UInt8](repeating: 0x41, count: 126)))
        expect(.controlFrame, from: Wire.header(opcode, length: [127, 0, 0, 0, 0, 0, 1, 0, 0]))
    }

    @Test("RFC 6455 §5.5: a ping of exactly 125 bytes is fine")
    func longestPing() {
        #expect(Outcome.of([Wire.frame(0x9, [UInt8](repeating: 7, count: 125))]).events.count == 1)
    }

    @Test("RFC 6455 §5.4: a continuation without a message, or after its end")
    func unexpectedContinuation() {
        expect(.fragmentation, from: Wire.frame(0x0))
        expect(.fragmentation, from: Wire.frame(0x0, [1], fin: false))
        let ended = Wire.frame(0x1, fin: false) + Wire.frame(0x0) + Wire.frame(0x0)
        #expect(Outcome.of([ended]).error?.code == .fragmentation && Outcome.of([ended]).events.count == 1)
    }

    @Test("RFC 6455 §5.4: a new message before the end of the last", arguments: [0x1, 0x2] as [UInt8])
    func expectedContinuation(opcode: UInt8) {
        expect(.fragmentation, from: Wire.frame(0x1, [0x41], fin: false) + Wire.frame(opcode, [0x42]))
        expect(.fragmentation, from: Wire.frame(0x2, [0x41], fin: false) + Wire.frame(opcode, [0x42], fin: false))
    }

    @Test("RFC 6455 §5.5.1: a close frame of one byte")
    func closeOfOneByte() {
        expect(.closePayload, from: Wire.frame(0x8, [3]))
    }

    @Test("RFC 6455 §5.5.1: a close reason is UTF-8, else 1007")
    func closeReason() {
        expect(.utf8, .invalidPayload, from: Wire.frame(0x8, [0x03, 0xE8, 0xC3, 0x28]))
        expect(.utf8, .invalidPayload, from: Wire.frame(0x8, [0x03, 0xE8, 0xE5, 0x86]))
    }

    @Test("RFC 6455 §7.1.7: after an error there are no events, whatever is fed")
    func silentAfterError() throws {
        var decoder = WebSocketDecoder(role: .server)
        decoder.feed(Wire.buffer(Wire.frame(0x3)))
        #expect(throws: WebSocketError.self) { try decoder.next() }
        let isFinished = decoder.isFinished
        #expect(isFinished)
        decoder.feed(Wire.buffer(Wire.frame(0x1)))
        #expect(try decoder.next() == nil)
    }
}
