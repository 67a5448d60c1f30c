// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Plaintext that waits for its flush, and the joining of small pieces into full records.
struct PendingWrites {
    private var queue = MarkedCircularBuffer<(data: ByteBuffer, promise: EventLoopPromise<Void>?)>(initialCapacity: 4)

    /// Copying less than this into a common record is cheaper than a record of its own.
    private static let largePiece = TLSEngine.maximumRecordSize / 2

    mutating func append(_ data: ByteBuffer, promise: EventLoopPromise<Void>?) {
        queue.append((data, promise))
    }

    /// What has been appended so far may be sent.
    mutating func markFlushed() { queue.mark() }

    var hasFlushed: Bool { queue.hasMark }

    var byteCount: Int { queue.reduce(0) { $0 + $1.data.readableBytes } }

    /// The next plaintext to encrypt at once, and the promises that its ciphertext keeps.
    struct Batch {
        var data: ByteBuffer
        var promise: EventLoopPromise<Void>?

        mutating func add(_ other: EventLoopPromise<Void>?) {
            guard let other else { return }
            if let promise { promise.futureResult.cascade(to: other) } else { promise = other }
        }
    }

    /// Removes flushed pieces: a large one alone, without a copy; small ones together, up to one full record.
    mutating func nextBatch() -> Batch? {
        guard let first = popFlushed() else { return nil }
        var batch = Batch(data: first.data, promise: first.promise)
        var isJoined = false
        while first.data.readableBytes < Self.largePiece, let size = nextFlushedSize,
            batch.data.readableBytes + size <= TLSEngine.maximumRecordSize, let next = popFlushed()
        {
            if !isJoined {
                // Not into the first piece's own storage, which its writer may hold.
                var joined = ByteBuffer()
                joined.reserveCapacity(min(flushedSize + batch.data.readableBytes + size, TLSEngine.maximumRecordSize))
                joined.writeImmutableBuffer(batch.data)
                batch.data = joined
                isJoined = true
            }
            batch.data.writeImmutableBuffer(next.data)
            batch.add(next.promise)
        }
        return batch
    }

    /// Removes everything.
    ///
    /// - Returns: The promises to fail.
    mutating func removeAll() -> [EventLoopPromise<Void>] {
        let promises = queue.compactMap(\.promise)
        queue = MarkedCircularBuffer(initialCapacity: 1)
        return promises
    }

    private mutating func popFlushed() -> (data: ByteBuffer, promise: EventLoopPromise<Void>?)? {
        queue.hasMark ? queue.popFirst() : nil
    }

    private var nextFlushedSize: Int? { queue.hasMark ? queue.first?.data.readableBytes : nil }

    private var flushedSize: Int {
        guard let mark = queue.markedElementIndex else { return 0 }
        return queue[queue.startIndex...mark].reduce(0) { $0 + $1.data.readableBytes }
    }
}
