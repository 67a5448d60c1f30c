// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// What a consumer is made from: handed to its initializer by the route.
public struct ConsumerContext {
    /// What is known of the connection.
    public let scope: Scope
    /// The connection's writer.
    public let outbox: Send<WebSocket>

    let runtime: ConsumerRuntime
}

@available(*, unavailable, message: "a consumer's context lives in its connection's task")
extension ConsumerContext: Sendable {}
