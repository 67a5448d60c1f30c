// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import SluiceTesting
import Testing

@testable import SluiceWebSocket

/// Streams of the corpus, damaged: for a second by default, or for as long as `SLUICE_FUZZ_SECONDS` says.
@Suite("Fuzzing of decoder and decompressor")
struct FuzzTests {
    static let corpus: [[UInt8]] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.compactMap { try? [UInt8](Data(contentsOf: $0)) }
    }()

    static let limit = 5_000

    @Test("Damaged streams end in events, a typed error or a wait for more, however they are cut, within their limits")
    func damagedStreams() throws {
        #expect(Self.corpus.count >= 15)
        let setting = ProcessInfo.processInfo.environment["SLUICE_FUZZ_SECONDS"].flatMap(Double.init)
        let end = ContinuousClock.now + .seconds(setting ?? 1)
        // The same streams each time, unless there is time for others.
        var seed = setting == nil ? 0 : UInt64.random(in: .min ... .max)
        repeat {
            try check(seed)
            seed &+= 1
        } while ContinuousClock.now < end
    }

    private func check(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let stream = Self.damage(&random)
        let parameters = seed % 2 == 0 ? DeflateParameters() : .forgetful
        let contexts = DeflateContexts(configuration: .init())
        let whole = try run([stream], parameters, contexts, seed)
        let cuts = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            Int.random(in: 0...stream.count, using: &random)
        }
        let inPieces = try run(stream.cut(at: cuts), parameters, contexts, seed)
        #expect(inPieces == whole, "seed \(seed), cut at \(cuts)")
    }

    private func run(
        _ parts: [[UInt8]], _ parameters: DeflateParameters, _ contexts: DeflateContexts, _ seed: UInt64
    ) throws -> Outcome {
        let deflate = PerMessageDeflate(role: .server, parameters: parameters, contexts: contexts)
        var decoder = WebSocketDecoder(
            role: .server, configuration: .init(maxFrameSize: Self.limit, maxMessageSize: Self.limit, maxFragments: 50),
            deflate: deflate)
        var outcome = Outcome()
        for part in parts {
            decoder.feed(ByteBuffer(bytes: part))
            outcome.drain(&decoder)
            // A message of the limit, rounded up to a power of two, beside what has just been read.
            let capacity = decoder.storageCapacity
            #expect(capacity <= 4 * Self.limit + 2 * part.count + 1_024, "seed \(seed)")
        }
        for event in outcome.events {
            switch event {
            case .text(let bytes):
                #expect(bytes.readableBytes <= Self.limit, "seed \(seed)")
                #expect(String(validating: bytes.readableBytesView, as: UTF8.self) != nil, "seed \(seed)")
            case .binary(let bytes): #expect(bytes.readableBytes <= Self.limit, "seed \(seed)")
            case .ping(let bytes), .pong(let bytes): #expect(bytes.readableBytes <= 125, "seed \(seed)")
            case .close(let code, _): #expect(code?.isValidOnWire != false, "seed \(seed)")
            }
        }
        let isFinished = decoder.isFinished
        #expect(outcome.error == nil || isFinished, "seed \(seed)")
        #expect(try decoder.next() == nil, "seed \(seed)")
        #expect(contexts.idleCount <= 5, "seed \(seed)")
        return outcome
    }

    /// One or more streams of the corpus, some of it changed.
    private static func damage(_ random: inout SeededGenerator) -> [UInt8] {
        var stream: [UInt8] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) { stream += corpus.randomElement(using: &random) ?? [] }
        for _ in 0..<Int.random(in: 0...6, using: &random) where !stream.isEmpty {
            let index = Int.random(in: stream.indices, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: stream[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: stream[index] = UInt8.random(in: .min ... .max, using: &random)
            case 2: stream.remove(at: index)
            case 3: stream.insert(UInt8.random(in: .min ... .max, using: &random), at: index)
            case 4: stream.removeSubrange(index..<min(stream.count, index + Int.random(in: 1...20, using: &random)))
            default:
                let end = min(stream.count, index + Int.random(in: 1...40, using: &random))
                let part = Array(stream[index..<end])
                stream.insert(contentsOf: part, at: Int.random(in: 0...stream.count, using: &random))
            }
        }
        return stream
    }
}
