// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceTesting
import Testing

@testable import SluiceServer

/// Conversations, damaged: for a second by default, or for as long as `SLUICE_FUZZ_SECONDS` says.
@Suite("Fuzzing of the request decoder")
struct RequestFuzzTests {
    private static let seeds = RequestDecoderPropertyTests.conversations.map { Array($0.utf8) }
    private static let spice = Array("\r\n\0 \t:;,=\"0159afAFxX+-%/?#[]()\u{7F}\u{85}chunked".utf8)

    @Test("Damaged requests: no crash, and the same outcome however the bytes are cut")
    func damage() {
        let setting = ProcessInfo.processInfo.environment["SLUICE_FUZZ_SECONDS"].flatMap(Double.init)
        let end = ContinuousClock.now + .seconds(setting ?? 1)
        // The same each time, unless there is time for others.
        var seed = setting == nil ? 0 : UInt64.random(in: .min ... .max)
        repeat {
            check(seed)
            seed &+= 1
        } while ContinuousClock.now < end
    }

    private func check(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = Self.damaged(&random)
        let whole = DecodedRequests([bytes])
        let pieces = Self.cut(bytes, &random)
        #expect(DecodedRequests(pieces).isSame(as: whole), "seed \(seed)")
        #expect(whole.requests.reduce(0) { $0 + $1.utf8.count } <= 2 * bytes.count + 32, "seed \(seed)")
    }

    private static func damaged(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[at] = spice[Int.random(in: 0..<spice.count, using: &random)]
            case 1: bytes[at] = UInt8.random(in: .min ... .max, using: &random)
            case 2: bytes.insert(spice[Int.random(in: 0..<spice.count, using: &random)], at: at)
            default: if bytes.count > 1 { bytes.remove(at: at) }
            }
        }
        return bytes
    }

    private static func cut(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
        var (pieces, rest): ([[UInt8]], ArraySlice<UInt8>) = ([], bytes[...])
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...24, using: &random))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    @Test("Bytes that are nothing at all are refused or waited for, never taken", arguments: 0..<2 as Range<UInt64>)
    func noise(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            #expect(DecodedRequests([bytes]).requests.isEmpty)
        }
    }
}

extension DecodedRequests {
    /// Whether both read the same; the status of a refusal may differ, as one of two faults may be seen first.
    fileprivate func isSame(as other: DecodedRequests) -> Bool {
        requests == other.requests && (status == nil) == (other.status == nil)
    }
}
