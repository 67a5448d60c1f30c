// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Ends every connection of a user, in all processes; sent by ``ChannelLayer/kick(user:code:reason:)``.
public struct Kick: ChannelEvent, Hashable {
    /// `sluice.kick`.
    public static let type = "sluice.kick"

    /// The close code.
    public var code: UInt16
    /// The reason that the client is told, at most 123 bytes.
    public var reason: String
}

extension GroupName {
    /// All connections of a user: those whose consumer has joined it.
    public static func user(_ name: String) -> GroupName { "sluice.user.\(name)" }
}

extension ChannelLayer {
    /// Sends an event to all connections of a user that have joined ``GroupName/user(_:)``, in all processes.
    @discardableResult
    public func send<Event: ChannelEvent>(_ event: Event, toUser user: String) async throws -> Receipt {
        try await groupSend(.user(user), event)
    }

    /// Closes all WebSockets of a user that have joined ``GroupName/user(_:)``, in all processes.
    ///
    /// - Parameters:
    ///   - code: what the clients are told; default 1008 (RFC 6455 §7.4.1).
    ///   - reason: at most 123 bytes.
    @discardableResult
    public func kick(
        user: String, code: WebSocketCloseCode = .policyViolation, reason: String = ""
    ) async throws -> Receipt {
        try await groupSend(.user(user), Kick(code: code.rawValue, reason: reason))
    }
}
