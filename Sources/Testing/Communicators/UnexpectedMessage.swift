// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceCore

/// The failure of a receive that found another kind of message.
func unexpectedMessage(_ expected: String, _ message: WebSocketMessage) -> CommunicatorError {
    let what =
        switch message {
        case .text(let text): "the text '\(text.prefix(80))'"
        case .bytes(let bytes): "a binary message of \(bytes.readableBytes) bytes"
        }
    return CommunicatorError(.unexpected, "\(expected) was expected, but \(what) came")
}
