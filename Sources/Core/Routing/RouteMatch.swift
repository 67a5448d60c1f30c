// SPDX-License-Identifier: Apache-2.0

/// What the routers have taken from a path: ASGI's `url_route`, with typed access.
public struct RouteMatch: Sendable {
    /// Named captures, outer routers' first; an inner capture of the same name stands for the outer one.
    public private(set) var named: [(name: String, value: any Sendable)] = []
    /// Positional captures of regular expressions without names, in order.
    public private(set) var positional: [String] = []
    /// The path that no router has taken yet (Channels' `path_remaining`), without a leading slash; `nil` before the
    /// first router.
    public var remaining: String?
    /// The name of the innermost route, if it has one.
    public var name: String?
    /// The names of the mounted routers on the way, outermost first (Django's `namespaces`).
    public private(set) var namespaces: [String] = []

    /// The name with its namespaces, as ``URLReverser`` takes it (Django's `view_name`): `shop:ticket`.
    public var qualifiedName: String? {
        name.map { (namespaces + [$0]).joined(separator: ":") }
    }

    /// Nothing matched yet.
    public init() {}

    /// A named capture as text; empty when the route has no such capture.
    public subscript(name: String) -> String {
        named.first { $0.name == name }.map { text(of: $0.value) } ?? ""
    }

    /// A named capture or default argument as the type its converter made, such as `Int` for `<int:id>`.
    ///
    /// - Throws: ``RoutingError`` when the route has no such capture or it is of another type.
    public subscript<Value>(name: String, as type: Value.Type) -> Value {
        get throws(RoutingError) {
            guard let value = named.first(where: { $0.name == name })?.value else {
                throw RoutingError(.noSuchCapture, "the route has no capture named '\(name)'")
            }
            guard let typed = value as? Value else {
                throw RoutingError(.noSuchCapture, "the capture '\(name)' is a \(Swift.type(of: value)), not a \(type)")
            }
            return typed
        }
    }

    /// Adds a named capture, replacing an outer one of the same name.
    public mutating func set(_ name: String, to value: any Sendable) {
        if let index = named.firstIndex(where: { $0.name == name }) {
            named[index].value = value
        } else {
            named.append((name, value))
        }
    }

    /// Goes into a mounted router that has a name.
    mutating func enter(namespace: String) {
        namespaces.append(namespace)
    }

    /// Adds a positional capture.
    public mutating func append(_ text: String) {
        positional.append(text)
    }

    private func text(of value: any Sendable) -> String {
        value as? String ?? String(describing: value)
    }
}
