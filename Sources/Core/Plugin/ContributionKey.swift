// SPDX-License-Identifier: Apache-2.0

/// A typed place where plug-ins leave values of one kind: routes, middleware, commands.
///
/// Any target declares its own as a static member, so that it reads `contributions.add(to: .commands) { … }`:
/// ```swift
/// extension ContributionKey where Value == any Command {
///     public static var commands: Self { Self("command") { $0.name } }
/// }
/// ```
public struct ContributionKey<Value: Sendable>: Sendable {
    /// What one value is called in messages, such as `route`. Keys of the same name and type are the same key.
    public let name: String
    /// The thing that a value claims for itself, such as a command's name; `nil` when it claims nothing.
    public let identity: @Sendable (Value) -> String?
    /// Puts the values where they belong in the application's router; only the keys of routes have one.
    let fold: (@Sendable ([Contribution<Value>], PluginRegistry, inout ProtocolTypeRouter) -> Void)?

    /// A key.
    ///
    /// - Parameter identity: two contributions of the same identity are refused. Default: everything is welcome.
    public init(_ name: String, identity: @escaping @Sendable (Value) -> String? = { _ in nil }) {
        self.init(name: name, identity: identity, fold: nil)
    }

    init(
        name: String, identity: @escaping @Sendable (Value) -> String?,
        fold: (@Sendable ([Contribution<Value>], PluginRegistry, inout ProtocolTypeRouter) -> Void)?
    ) {
        self.name = name
        self.identity = identity
        self.fold = fold
    }

    var id: ContributionID { ContributionID(name: name, type: ObjectIdentifier(Value.self)) }
}

/// A key without its type.
struct ContributionID: Hashable, Sendable {
    let name: String
    let type: ObjectIdentifier
}

/// A value and the plug-in that it is from.
public struct Contribution<Value: Sendable>: Sendable {
    /// What was contributed.
    public let value: Value
    /// The plug-in's name.
    public let plugin: String
}
