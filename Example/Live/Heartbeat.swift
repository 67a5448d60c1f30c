// SPDX-License-Identifier: Apache-2.0

import Sluice

/// When a client was last heard. Clients ping, since a page cannot see the protocol's own pings.
struct Heartbeat {
    /// Seconds between a client's pings, as it is told in the welcome.
    static let interval = 25
    /// How long a client may be silent: three pings may be lost or late.
    static let patience = Duration.seconds(90)
    /// The close code for a client that was silent for longer.
    static let silent: WebSocketCloseCode = 4408

    private var heard: Duration

    /// - Parameter now: monotonic time, as everywhere here.
    init(at now: Duration) {
        heard = now
    }

    /// The client has said something.
    mutating func beat(at now: Duration) {
        heard = now
    }

    /// How long the client may still be silent.
    func left(at now: Duration) -> Duration {
        heard + Self.patience - now
    }
}
