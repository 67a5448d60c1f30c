// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// How the bytes that wait to be decoded are held.
extension WebSocketDecoder {
    /// The largest storage that a connection keeps while no byte waits: it saves an allocation a read, and must not
    /// add up over many idle connections.
    private static let maxIdleStorage = 1 << 10

    /// Adds `buffer` to the input and unmasks the payloads in it.
    mutating func enqueue(_ buffer: consuming ByteBuffer) {
        let added = buffer.readableBytes
        if input.readableBytes > 0 {
            join(buffer)
        } else if role == .client || buffer.modifyIfUniquelyOwned({ _ in true }) == true {
            input = buffer
        } else {
            // The caller holds the storage too (NIO's pool of receive buffers always does). Copy-on-write would copy
            // the whole capacity of it; only the readable bytes are needed, mostly into the storage of the last read.
            let reused: Void? = input.modifyIfUniquelyOwned { idle in
                idle.clear()
                idle.appendLong(buffer)
            }
            if reused == nil {
                input = ByteBuffer()
                input.appendLong(buffer)
            }
        }
        if role == .server {
            unmasker.unmask(&input, added: added, configuration: configuration)
        }
    }

    /// Puts `buffer` behind what waits: the few bytes of a header or control frame that was cut, or, if the caller
    /// feeds without calling `next()`, any amount, to which appending is amortized.
    private mutating func join(_ buffer: consuming ByteBuffer) {
        if input.readableBytes > buffer.readableBytes {
            input.appendLong(buffer)
        } else {
            var joined = ByteBuffer()
            joined.reserveCapacity(input.readableBytes + buffer.readableBytes)
            joined.appendLong(input)
            joined.appendLong(buffer)
            input = joined
        }
    }

    /// How many bytes this decoder has allocated or keeps alive.
    package var storageCapacity: Int { input.storageCapacity + message.payload.storageCapacity }

    /// Lets go of a large storage once no frame in it is whole: a peer that pauses must not pin a read buffer.
    mutating func settle() {
        guard input.storageCapacity > Self.maxIdleStorage else { return }
        input = input.readableBytes == 0 ? ByteBuffer() : ByteBuffer(buffer: input)
    }
}
