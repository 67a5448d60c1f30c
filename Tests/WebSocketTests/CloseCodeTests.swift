// SPDX-License-Identifier: Apache-2.0

import SluiceWebSocket
import Testing

@Suite("Close codes")
struct CloseCodeTests {
    @Test("RFC 6455 §7.4 and IANA: what may be on the wire, for all 65,536 numbers")
    func validity() {
        let assigned: Set<UInt16> = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]
        for number in UInt16.min ... .max {
            let expected = assigned.contains(number) || (number >= 3000 && number < 5000)
            #expect(CloseCode(rawValue: number).isValidOnWire == expected, "\(number)")
        }
    }

    @Test("RFC 6455 §7.4.2: codes of the application")
    func application() {
        #expect(CloseCode.application(0)?.rawValue == 4000)
        #expect(CloseCode.application(999)?.rawValue == 4999)
        #expect(CloseCode.application(1000) == nil && CloseCode.application(.max) == nil)
    }

    @Test(
        "RFC 6455 §7.4: a valid code is delivered with its reason",
        arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
    func delivered(number: UInt16) {
        let outcome = Outcome.of([Wire.close(number, "再见")])
        #expect(outcome == Outcome(events: [.close(CloseCode(rawValue: number), reason: "再见")]))
    }

    @Test(
        "RFC 6455 §7.4: an invalid code is a protocol error",
        arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
    func refused(number: UInt16) {
        let outcome = Outcome.of([Wire.close(number)])
        #expect(outcome.events.isEmpty)
        #expect(outcome.error?.code == .closePayload && outcome.error?.closeCode == .protocolError)
    }
}
