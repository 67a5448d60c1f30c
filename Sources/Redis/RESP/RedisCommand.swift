// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A command as it is sent: an array of bulk strings, in one buffer.
struct RedisCommand: Sendable {
    /// One word of a command.
    enum Word: Sendable, ExpressibleByStringLiteral {
        case text(String)
        case bytes(ByteBuffer)
        case number(Int)

        init(stringLiteral value: String) {
            self = .text(value)
        }
    }

    let encoded: ByteBuffer

    init(_ words: Word...) {
        self.init(words)
    }

    init(_ words: [Word]) {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(
            words.reduce(16) { size, word in
                switch word {
                case .text(let text): size + text.utf8.count + 16
                case .bytes(let bytes): size + bytes.readableBytes + 16
                case .number: size + 32
                }
            })
        buffer.writeString("*\(words.count)\r\n")
        for word in words {
            switch word {
            case .text(let text):
                buffer.writeString("$\(text.utf8.count)\r\n")
                buffer.writeString(text)
            case .bytes(let bytes):
                buffer.writeString("$\(bytes.readableBytes)\r\n")
                buffer.writeImmutableBuffer(bytes)
            case .number(let number):
                let digits = String(number)
                buffer.writeString("$\(digits.utf8.count)\r\n\(digits)")
            }
            buffer.writeString("\r\n")
        }
        encoded = buffer
    }
}
