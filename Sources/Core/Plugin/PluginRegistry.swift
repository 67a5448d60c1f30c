// SPDX-License-Identifier: Apache-2.0

/// The plug-ins of an application, checked, with all that they contribute.
public struct PluginRegistry: Sendable {
    /// The plug-ins in their order.
    public let plugins: [any Plugin]
    /// What they contributed.
    public let contributions: Contributions

    /// Checks names and requirements and collects the contributions in order.
    ///
    /// - Throws: ``PluginError`` for a name that two have, requirements that are missing, listed later or mutual, and
    ///   contributions that claim the same thing, a line for each; the message names both plug-ins.
    public init(_ plugins: [any Plugin]) throws(PluginError) {
        try Self.checkRequirements(plugins)
        var contributions = Contributions()
        for plugin in plugins {
            contributions.plugin = plugin.name
            plugin.contribute(to: &contributions)
        }
        let conflicts = contributions.conflicts
        guard conflicts.isEmpty else { throw PluginError(.conflict, conflicts.joined(separator: "\n")) }
        self.plugins = plugins
        self.contributions = contributions
    }

    /// What was contributed to a key, in order.
    public func values<Value>(for key: ContributionKey<Value>) -> [Value] {
        contributions[key].map(\.value)
    }

    /// The contributed middleware that serves a kind, in its order.
    public func middleware<Kind: ConnectionKind>(for kind: Kind.Type) -> [any Middleware] {
        // The standard library's sort keeps equal elements in their order, but does not promise to.
        values(for: .middleware).enumerated()
            .filter { $0.element.serves(kind) }
            .sorted { ($0.element.order, $0.offset) < ($1.element.order, $1.offset) }
            .map(\.element.middleware)
    }

    /// One application of all contributions: a ``URLRouter`` for each kind behind the middleware, and the lifespan.
    ///
    /// - Parameter state: what the first lifespan hook finds; what the lifespan's own scope has stands over it.
    /// - Throws: ``RoutingError`` with a line for each of ``ProtocolTypeRouter/problems``: patterns that cannot be read
    ///   and routes that no path reaches.
    public func router(state: LifespanState = LifespanState()) throws(RoutingError) -> ProtocolTypeRouter {
        let router = uncheckedRouter(state: state)
        try router.validate()
        return router
    }

    /// The application as ``router(state:)`` makes it, whatever its ``ProtocolTypeRouter/problems``: for listings.
    public func uncheckedRouter(state: LifespanState = LifespanState()) -> ProtocolTypeRouter {
        var router = ProtocolTypeRouter(
            lifespan: LifespanHooks(hooks: contributions[.lifespan], initial: state))
        contributions.fold(self, into: &router)
        return router
    }

    private static func checkRequirements(_ plugins: [any Plugin]) throws(PluginError) {
        var positions: [String: Int] = [:]
        for (index, plugin) in plugins.enumerated() {
            guard positions.updateValue(index, forKey: plugin.name) == nil else {
                throw PluginError(.duplicateName, "two plug-ins are named '\(plugin.name)'")
            }
        }
        var problems: [PluginError] = []
        var cycles: Set<Set<String>> = []
        for (index, plugin) in plugins.enumerated() {
            for requirement in plugin.requires {
                guard let required = positions[requirement] else {
                    problems.append(
                        PluginError(
                            .missingRequirement,
                            "plug-in '\(plugin.name)' requires '\(requirement)', which is not installed"))
                    continue
                }
                guard required >= index else { continue }
                guard let cycle = cycle(from: plugin.name, in: plugins, positions) else {
                    problems.append(
                        PluginError(
                            .wrongOrder,
                            "plug-in '\(plugin.name)' requires '\(requirement)', which must be listed before it"))
                    continue
                }
                guard cycles.insert(Set(cycle)).inserted else { continue }
                problems.append(
                    PluginError(
                        .requirementCycle, "plug-ins require each other: \(cycle.joined(separator: " → "))"))
            }
        }
        guard let first = problems.first else { return }
        throw PluginError(first.code, problems.map(\.description).joined(separator: "\n"))
    }

    /// The way from a plug-in along requirements back to itself.
    private static func cycle(
        from start: String, in plugins: [any Plugin], _ positions: [String: Int]
    ) -> [String]? {
        var visited: Set<String> = []
        var ways = [[start]]
        while let way = ways.popLast() {
            guard let name = way.last, let position = positions[name] else { continue }
            for requirement in plugins[position].requires {
                if requirement == start { return way + [start] }
                if visited.insert(requirement).inserted { ways.append(way + [requirement]) }
            }
        }
        return nil
    }
}
