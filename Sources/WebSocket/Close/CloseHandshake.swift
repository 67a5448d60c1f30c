// SPDX-License-Identifier: Apache-2.0

/// The closing handshake (RFC 6455 §7.1), as a state machine without time or I/O.
///
/// Each input returns what to do. The owner writes close frames, keeps the one timer and closes the transport:
/// ```swift
/// func perform(_ action: CloseHandshake.Action) {
///     switch action {
///     case .none: break
///     case .sendClose(let code, let reason): write(code, reason); perform(closing.closeSent())
///     case .awaitPeer: startTimer()         // and on its end: perform(closing.timeout())
///     case .disconnect: flushAndClose()
///     }
/// }
/// ```
public struct CloseHandshake: Hashable, Sendable {
    /// How far the handshake is.
    public enum State: Hashable, Sendable {
        /// Messages go both ways.
        case open
        /// Our close frame is on its way; the peer's messages still count until its own (RFC 6455 §1.4).
        case closeSent
        /// The peer's close frame is here, or it broke the protocol, and our answer is to be written.
        case closeReceived
        /// Both have said close, or waiting is over: only the transport is left to close.
        case closed
    }

    /// What the owner of the connection does next.
    public enum Action: Hashable, Sendable {
        /// Nothing.
        case none
        /// Write a close frame, then call ``CloseHandshake/closeSent()``. The code is nil for an empty close frame.
        case sendClose(CloseCode?, reason: String)
        /// Wait for the peer, at most as long as a timer of the owner's runs, then call ``CloseHandshake/timeout()``.
        case awaitPeer
        /// Flush what is written and close the transport.
        case disconnect
    }

    /// Which end this is: the server closes the transport first, so that TIME_WAIT stays with it and the client can
    /// reconnect at once (RFC 6455 §7.1.1).
    public let role: WebSocketRole
    /// How far the handshake is.
    public private(set) var state = State.open
    /// The code of the connection (RFC 6455 §7.1.5): the peer's, 1005 for its empty close frame, and 1006 until
    /// and unless a close frame comes.
    public private(set) var closeCode = CloseCode.abnormalClosure
    /// Whether the connection was failed: then nothing is awaited after the close frame.
    private var isFailed = false

    /// A handshake in the open state.
    public init(role: WebSocketRole) {
        self.role = role
    }

    /// Whether data frames may be sent: not after our close frame, and in vain after the peer's (RFC 6455 §5.5.1).
    public var canSendData: Bool { state == .open }

    /// Whether the peer's data frames still count.
    public var canReceiveData: Bool { state == .open || state == .closeSent }

    /// Whether the peer said close: the connection did not just break.
    public var isPeerClosed: Bool { closeCode != .abnormalClosure }

    /// The application ends the connection. Only the first close counts.
    public mutating func close(_ code: CloseCode?, reason: String = "") -> Action {
        guard state == .open else { return .none }
        state = .closeSent
        return .sendClose(code, reason: reason)
    }

    /// The peer's close frame is here: its code is echoed, or its frame ends what our close began (RFC 6455 §5.5.1).
    public mutating func received(_ code: CloseCode?) -> Action {
        switch state {
        case .open:
            closeCode = code ?? .noStatus
            state = .closeReceived
            return .sendClose(code, reason: "")
        case .closeSent:
            closeCode = code ?? .noStatus
            return end()
        case .closeReceived, .closed:
            return .none
        }
    }

    /// The peer broke the protocol or a limit: say why and leave, without waiting for an answer (RFC 6455 §7.1.7).
    public mutating func fail(_ error: WebSocketError) -> Action {
        switch state {
        case .open:
            isFailed = true
            state = .closeReceived
            return .sendClose(error.closeCode, reason: error.reason)
        case .closeSent:
            isFailed = true
            return end()
        case .closeReceived, .closed:
            return .none
        }
    }

    /// The close frame that ``Action/sendClose(_:reason:)`` asked for is written.
    public mutating func closeSent() -> Action {
        switch state {
        case .closeSent: .awaitPeer
        case .closeReceived: end()
        case .open, .closed: .none
        }
    }

    /// The time that the owner gives the peer is over.
    public mutating func timeout() -> Action {
        guard state != .open else { return .none }
        state = .closed
        return .disconnect
    }

    /// The transport is gone, by whatever cause. Without a close frame before, ``closeCode`` stays 1006.
    public mutating func transportClosed() {
        state = .closed
    }

    /// Both sides are done: a server closes the transport, a client lets the server do it.
    private mutating func end() -> Action {
        state = .closed
        return role == .server || isFailed ? .disconnect : .awaitPeer
    }
}
