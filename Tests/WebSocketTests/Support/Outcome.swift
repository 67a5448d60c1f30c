// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SluiceWebSocket

/// All that a decoder made of a stream.
struct Outcome: Equatable {
    var events: [WebSocketEvent] = []
    var error: WebSocketError?

    /// Feeds the parts in turn and takes all events after each.
    static func of(
        _ parts: some Sequence<[UInt8]>, role: WebSocketRole = .server,
        configuration: WebSocketDecoder.Configuration = .init(), deflate: PerMessageDeflate? = nil
    ) -> Outcome {
        var decoder = WebSocketDecoder(role: role, configuration: configuration, deflate: deflate)
        var outcome = Outcome()
        for part in parts {
            decoder.feed(ByteBuffer(bytes: part))
            outcome.drain(&decoder)
        }
        return outcome
    }

    mutating func drain(_ decoder: inout WebSocketDecoder) {
        do throws(WebSocketError) {
            while let event = try decoder.next() { events.append(event) }
        } catch {
            self.error = error
        }
    }
}

extension [UInt8] {
    /// The bytes cut at each of `positions`.
    func cut(at positions: some Sequence<Int>) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var start = 0
        for position in positions.sorted() where position > start && position < count {
            parts.append(Array(self[start..<position]))
            start = position
        }
        parts.append(Array(self[start...]))
        return parts
    }

    /// One part a byte.
    var bytewise: [[UInt8]] { map { [$0] } }
}
