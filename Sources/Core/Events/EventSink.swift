// SPDX-License-Identifier: Apache-2.0

/// Where an application's events go: a socket's outbox, or a test.
public protocol EventSink<Event>: AnyObject, Sendable {
    /// What goes.
    associatedtype Event: Sendable

    /// Takes the event at once, unless the reader is too slow.
    ///
    /// - Returns: `false` when the event was not taken: the sender awaits ``writable()`` and offers it again.
    /// - Throws: what is wrong with the event, such as a message after the close, or that the connection is gone.
    func offer(_ event: Event) throws -> Bool

    /// Returns when there is room again.
    ///
    /// - Throws: that the connection is gone, or `CancellationError`.
    func writable() async throws
}
