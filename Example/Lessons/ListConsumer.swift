// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization

/// The course's first group chat: a list of connections, and each text goes to all of them.
///
/// The list holds outboxes, since a consumer never leaves its connection's task: the compiler refuses a list of
/// consumers. It knows this process alone; a channel layer's group (see `RoomConsumer`) reaches all.
final class ListConsumer: Consumer {
    private static let connections = Mutex<[(name: ChannelName, outbox: Send<WebSocket>)]>([])
    private static let limiter = RateLimiter(limit: 20, window: .seconds(10))

    override func connect() async throws {
        Self.connections.withLock { [channelName, outbox] in $0.append((channelName, outbox)) }
        try await accept()
    }

    override func receive(text: String) async throws {
        guard text != "关闭" else { return try await close() }
        guard text.unicodeScalars.count <= ChatRooms.longestText,
            Self.limiter.take(scope.user.name, at: scope.connection.clock.monotonic)
        else { return try await close(code: .policyViolation, reason: "too much") }
        Self.connections.withLock { connections in
            // Offered, not sent: one who does not read misses it, and nobody waits for that one.
            for (_, outbox) in connections { _ = try? outbox.sink.offer(.send(.text(text))) }
        }
    }

    override func disconnect(code: WebSocketCloseCode) async throws {
        Self.connections.withLock { [channelName] in $0.removeAll { $0.name == channelName } }
    }
}
