// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Runs ahead of the decoder over each read and unmasks the payload of every frame in it, while nobody else holds the
/// read's storage.
///
/// Were each frame unmasked only when it is decoded, the slices already handed out would share the storage, and each
/// further frame would copy the whole read: quadratic in what the peer sends.
struct InputUnmasker: Sendable {
    /// How many payload bytes of the last frame are still to come.
    private var remaining = 0
    /// The key as it applies to the next of them.
    private var key = MaskingKey(bits: 0)
    /// Bytes at the end of the input that are not part of a whole header yet.
    private var pending = 0
    /// A header was refused; the decoder will refuse it too when it gets there.
    private var isHalted = false

    /// The key for the next `count` payload bytes, which do not go through the input.
    mutating func bypass(_ count: Int) -> MaskingKey {
        let current = key
        key = key.advanced(by: count)
        remaining -= count
        return current
    }

    /// Unmasks what has been added since the last call: the last `added` bytes of `input`.
    mutating func unmask(
        _ input: inout ByteBuffer, added: Int, configuration: WebSocketDecoder.Configuration
    ) {
        guard !isHalted else { return }
        input.withUnsafeMutableReadableBytes { bytes in
            var offset = bytes.count - added - pending
            while true {
                let count = min(remaining, bytes.count - offset)
                key.apply(to: UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + count]))
                offset += count
                remaining -= count
                guard remaining == 0 else {
                    key = key.advanced(by: count)
                    break
                }
                do throws(WebSocketError) {
                    guard
                        let header = try FrameHeader.decode(
                            from: UnsafeRawBufferPointer(bytes), at: offset, role: .server,
                            configuration: configuration)
                    else { break }
                    offset += header.encodedSize
                    remaining = header.payloadLength
                    key = header.mask ?? key
                } catch {
                    isHalted = true
                    break
                }
            }
            pending = bytes.count - offset
        }
    }
}
