// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization

/// Closes a socket whose client has been silent for too long. Clients ping, since a page cannot see the protocol's own
/// pings.
final class Heartbeat: Sendable {
    /// Seconds between a client's pings, as it is told in the welcome.
    static let interval = 25
    /// How long a client may be silent: three pings may be lost or late.
    static let patience = Duration.seconds(90)
    /// The close code.
    static let silent: WebSocketCloseCode = 4408

    private let clock: any TimeSource
    private let heard: Mutex<Duration>

    init(clock: any TimeSource) {
        self.clock = clock
        heard = Mutex(clock.monotonic)
    }

    /// The client has said something.
    func beat() {
        let now = clock.monotonic
        heard.withLock { $0 = now }
    }

    /// Returns when the socket was closed, or the task is cancelled.
    func watch(_ outbox: Send<WebSocket>) async throws {
        while true {
            let left = heard.withLock { $0 } + Self.patience - clock.monotonic
            guard left > .zero else { break }
            try await clock.sleep(for: left)
        }
        try await outbox(.close(code: Self.silent, reason: "no heartbeat"))
    }
}
