// SPDX-License-Identifier: Apache-2.0

extension WebSocketDecoder {
    /// What a decoder takes from the peer.
    public struct Configuration: Hashable, Sendable {
        /// The largest payload of one data frame in bytes; default 1 MiB, 0 for none but 2 GiB - 1.
        public var maxFrameSize: Int
        /// The largest message in bytes, over all its fragments and decompressed; default 1 MiB, 0 for none but 2 GiB - 1 (a few such
        /// messages fill any memory).
        public var maxMessageSize: Int
        /// The most frames of one message, beyond one for each 64 bytes that it has brought; default 4,096, 0 for no
        /// limit. Empty fragments cost time, not bytes.
        public var maxFragments: Int
        /// The bits that the negotiated extension sets on the first frame of a message.
        var allowedReserved: ReservedBits = []

        /// The default limits unless told otherwise; negative limits count as 0.
        public init(maxFrameSize: Int = 1 << 20, maxMessageSize: Int = 1 << 20, maxFragments: Int = 4096) {
            self.maxFrameSize = maxFrameSize
            self.maxMessageSize = maxMessageSize
            self.maxFragments = maxFragments
        }

        /// What a ByteBuffer holds safely: its indices have 32 bits and its capacity is rounded up to a power of two.
        private static let bufferLimit = Int(Int32.max)

        var frameLimit: Int { Self.limit(maxFrameSize) }

        var messageLimit: Int { Self.limit(maxMessageSize) }

        /// What a frame or a message of `limit` bytes may have when it is compressed: data that does not become smaller
        /// becomes a little larger, by an eighth with the worst of compressors.
        static func compressedLimit(_ limit: Int) -> Int { limit + limit / 8 + 64 }

        private static func limit(_ size: Int) -> Int {
            size > 0 ? min(size, bufferLimit) : bufferLimit
        }
    }
}
