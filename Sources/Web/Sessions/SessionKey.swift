// SPDX-License-Identifier: Apache-2.0

/// The name and the type of one value of a session:
/// ```swift
/// extension SessionKey where Value == [Int] {
///     static var cart: Self { Self("cart") }
/// }
/// ```
public struct SessionKey<Value: Codable & Sendable>: Sendable {
    /// The name that it is stored under.
    public let name: String

    /// A key. Names that begin with an underscore are the framework's.
    public init(_ name: String) {
        self.name = name
    }
}
