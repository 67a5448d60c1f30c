// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Something that the application cannot serve without, such as a database or a channel layer.
public struct HealthCheck: Sendable {
    /// What it is called in the answer, such as `channel-layer`.
    public let name: String
    /// Returns what is wrong, or `nil`. Called at every request of `/health/ready`, so it does not wait for long.
    public let problem: @Sendable (LifespanState) async -> String?

    /// A check.
    public init(_ name: String, problem: @escaping @Sendable (LifespanState) async -> String?) {
        self.name = name
        self.problem = problem
    }
}

/// The checks of an application, part of the lifespan state.
public enum HealthChecks: LifespanStateKey {
    /// None.
    public static var defaultValue: [HealthCheck] { [] }
}
