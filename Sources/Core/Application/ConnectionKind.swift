// SPDX-License-Identifier: Apache-2.0

/// A kind of connection that an application can serve: ASGI's protocol type (`scope["type"]`), as a type.
///
/// Sluice knows ``HTTP``, ``WebSocket`` and ``Lifespan``; a plug-in declares its own by conforming an empty enum.
/// Because `Receive<Kind>` and `Send<Kind>` carry the kind, a WebSocket consumer under an HTTP router does not compile.
public protocol ConnectionKind: SendableMetatype {
    /// What the server tells the application.
    associatedtype Inbound: Sendable
    /// What the application tells the server.
    associatedtype Outbound: Sendable

    /// ASGI's name of the kind, such as `http` or `websocket`; unique in an application.
    static var type: String { get }
}
