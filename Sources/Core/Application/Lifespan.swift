// SPDX-License-Identifier: Apache-2.0

/// The life of the server's process, seen by the application (ASGI's `lifespan` scope).
///
/// An application receives ``Inbound/startup`` once, fills ``Scope/state`` (every later scope gets it) and answers;
/// a failed start stops the server with the message.
public enum Lifespan: ConnectionKind {
    /// `lifespan`.
    public static var type: String { "lifespan" }

    /// What an application receives.
    public enum Inbound: Sendable {
        /// The server is about to accept connections (`lifespan.startup`).
        case startup
        /// The last connection has ended (`lifespan.shutdown`). Comes again on every later receive.
        case shutdown
    }

    /// What an application sends.
    public enum Outbound: Sendable {
        /// Ready to serve (`lifespan.startup.complete`); the state becomes part of every later scope.
        case startupComplete(state: LifespanState)
        /// Not able to serve, with the reason (`lifespan.startup.failed`).
        case startupFailed(message: String)
        /// Cleaned up (`lifespan.shutdown.complete`).
        case shutdownComplete
        /// Could not clean up, with the reason (`lifespan.shutdown.failed`).
        case shutdownFailed(message: String)
    }
}
