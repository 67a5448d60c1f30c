// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The context that new connections get. A server that reloads its certificates replaces it; connections that
/// exist keep the one they began with.
public final class TLSContextStore: Sendable {
    private let context: Mutex<TLSContext>

    /// - Parameter context: The first context.
    public init(_ context: TLSContext) { self.context = Mutex(context) }

    /// The context for the next handshake.
    public var current: TLSContext { context.withLock { $0 } }

    /// Makes `context` the one for all handshakes from now on. Build it first: if that throws, nothing has changed.
    public func replace(with context: TLSContext) { self.context.withLock { $0 = context } }
}
