// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Compressors that answers share: each takes 256 KiB, and making one costs more than a small page.
final class GZipContexts: Sendable {
    /// How many are kept for the next answers.
    static let keptCount = 4

    private let level: Int
    private let kept = Mutex<[GZipStream]>([])

    init(level: Int) {
        self.level = level
    }

    /// One at its beginning; nil when there is no memory.
    func take() -> GZipStream? {
        kept.withLock { $0.popLast() } ?? GZipStream(level: level)
    }

    /// Gives one back that nobody uses any more.
    func put(_ stream: GZipStream) {
        stream.reset()
        kept.withLock { kept in
            if kept.count < Self.keptCount { kept.append(stream) }
        }
    }
}
