// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Testing

@testable import SluiceServer

@Suite("How fast sockets are closed at a stop")
struct DrainPaceTests {
    private final class Connection: SweptConnection {
        var sweepIndex = -1
        let isLasting: Bool
        private(set) var drains = 0
        var onDrain: () -> Void = {}

        init(isLasting: Bool) { self.isLasting = isLasting }

        func sweep(second: UInt32) {}
        func drain() {
            drains += 1
            onDrain()
        }
        func abort() {}
        var heldBytes: Int { 0 }
        func secondsBehind(_ second: UInt32) -> UInt32 { 0 }
        func shed() {}
    }

    private func pace(_ batch: Int, every interval: Int, within limit: Duration, loops: Int = 1) -> DrainPace {
        var configuration = ServerConfiguration.Draining()
        configuration.batchSize = batch
        configuration.batchInterval = interval
        return DrainPace(configuration, within: limit, loops: loops)
    }

    @Test("a batch is as large as was asked for, or larger so that half of the time is enough")
    func batches() {
        func size(_ pace: DrainPace, of count: Int) -> Int { pace.size(ofBatch: 0, of: count, unanswered: 0) }
        #expect(size(pace(100, every: 50, within: .seconds(10)), of: 2_000) == 100)
        #expect(size(pace(100, every: 50, within: .seconds(10)), of: 100_000) == 1_000)
        #expect(size(pace(100, every: 50, within: .seconds(10), loops: 4), of: 500) == 25)
        #expect(size(pace(1, every: 50, within: .seconds(10), loops: 4), of: 3) == 1)
        // No time, no interval: all at once.
        #expect(size(pace(100, every: 50, within: .zero), of: 5_000) == 5_000)
        #expect(size(pace(100, every: 0, within: .seconds(10)), of: 5_000) == 5_000)
        #expect(size(pace(100, every: 50, within: .seconds(Int64.max)), of: 5_000) == 100)
    }

    @Test("clients that do not answer slow a stop down, but half of the time is enough all the same")
    func unanswered() {
        let pace = pace(100, every: 50, within: .seconds(10))
        #expect(pace.size(ofBatch: 1, of: 1_900, unanswered: 0) == 100)
        #expect(pace.size(ofBatch: 1, of: 1_900, unanswered: 60) == 40)
        #expect(pace.size(ofBatch: 1, of: 1_900, unanswered: 100) == 20)
        #expect(pace.size(ofBatch: 98, of: 60, unanswered: 5_000) == 30)
        #expect(pace.size(ofBatch: 99, of: 30, unanswered: 5_000) == 30)
        var (rest, closed, batch) = (2_000, 0, 0)
        while rest > 0 {
            let size = pace.size(ofBatch: batch, of: rest, unanswered: closed)
            (rest, closed, batch) = (rest - size, closed + size, batch + 1)
        }
        #expect(batch <= 100)
    }

    @Test("requests are asked at once, sockets a batch after the other; what has ended meanwhile is left alone")
    func loop() {
        let embedded = EmbeddedEventLoop()
        let loop = LoopContext(embedded) { _ in }
        let request = Connection(isLasting: false)
        let sockets = (0..<5).map { _ in Connection(isLasting: true) }
        for connection in [request] + sockets { loop.add(connection) }
        // As a socket ends, it leaves the list, and so does another one in the same moment.
        sockets[0].onDrain = {
            loop.remove(sockets[0])
            loop.remove(sockets[3])
        }
        loop.drain(pace(2, every: 50, within: .seconds(10)))
        #expect(request.drains == 1 && sockets.map(\.drains) == [1, 1, 0, 0, 0])
        embedded.advanceTime(by: .milliseconds(49))
        #expect(sockets.map(\.drains) == [1, 1, 0, 0, 0])
        // The second one has not answered, so the batch is smaller by it.
        embedded.advanceTime(by: .milliseconds(1))
        #expect(sockets.map(\.drains) == [1, 1, 1, 0, 0])
        loop.remove(sockets[1])
        embedded.advanceTime(by: .milliseconds(50))
        #expect(sockets.map(\.drains) == [1, 1, 1, 0, 0])
        embedded.advanceTime(by: .milliseconds(50))
        #expect(sockets.map(\.drains) == [1, 1, 1, 0, 1] && request.drains == 1)
        for connection in [request, sockets[1], sockets[2], sockets[4]] { loop.remove(connection) }
    }
}
