// SPDX-License-Identifier: Apache-2.0

/// A typed key of ``LifespanState``, such as a database pool that lives as long as the server.
public protocol LifespanStateKey: SendableMetatype {
    /// The value's type.
    associatedtype Value: Sendable
    /// What is read before a value is set.
    static var defaultValue: Value { get }
}

/// What the application makes at start and every connection shares (ASGI's `scope["state"]`).
///
/// A value type: each scope has its own copy of the table, as ASGI demands; what is in it is shared.
public struct LifespanState: Sendable {
    private var values: [ObjectIdentifier: any Sendable] = [:]

    /// No values yet.
    public init() {}

    /// The value of a key, or the key's default.
    public subscript<Key: LifespanStateKey>(key: Key.Type) -> Key.Value {
        get { values[ObjectIdentifier(key)] as? Key.Value ?? Key.defaultValue }
        set { values[ObjectIdentifier(key)] = newValue }
    }

    /// Adds the values of another state; they stand over those of the same keys here.
    public mutating func merge(_ other: LifespanState) {
        values.merge(other.values) { $1 }
    }
}
