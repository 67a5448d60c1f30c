// SPDX-License-Identifier: Apache-2.0

/// A typed key of ``Scope``: what a middleware adds and those behind it read, such as the user or the session.
public protocol ScopeKey: SendableMetatype {
    /// The value's type.
    associatedtype Value: Sendable
    /// What is read when no middleware has set a value.
    static var defaultValue: Value { get }
}
