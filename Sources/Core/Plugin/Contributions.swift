// SPDX-License-Identifier: Apache-2.0

/// What plug-ins have contributed so far; each plug-in is handed it in turn.
public struct Contributions: Sendable {
    /// The plug-in whose turn it is.
    var plugin = ""
    private var lists: [ContributionID: any ContributionList] = [:]
    private var order: [ContributionID] = []

    init() {}

    /// Adds several values.
    public mutating func add<Value>(to key: ContributionKey<Value>, @ListBuilder<Value> _ values: () -> [Value]) {
        for value in values() { add(value, to: key) }
    }

    /// Adds a value.
    public mutating func add<Value>(_ value: Value, to key: ContributionKey<Value>) {
        if lists[key.id] == nil { order.append(key.id) }
        var list = lists[key.id] as? ContributionTable<Value> ?? ContributionTable(key: key)
        list.contributions.append(Contribution(value: value, plugin: plugin))
        lists[key.id] = list
    }

    /// What was added to a key, in the order of plug-ins and, within one, of adding.
    public subscript<Value>(key: ContributionKey<Value>) -> [Contribution<Value>] {
        (lists[key.id] as? ContributionTable<Value>)?.contributions ?? []
    }

    /// What two contributions claim, in a sentence each.
    var conflicts: [String] {
        order.flatMap { lists[$0]?.conflicts ?? [] }
    }

    func fold(_ registry: PluginRegistry, into router: inout ProtocolTypeRouter) {
        for id in order { lists[id]?.fold(registry, into: &router) }
    }
}

/// The values of one key whose type is not known here.
private protocol ContributionList: Sendable {
    var conflicts: [String] { get }
    func fold(_ registry: PluginRegistry, into router: inout ProtocolTypeRouter)
}

private struct ContributionTable<Value: Sendable>: ContributionList {
    let key: ContributionKey<Value>
    var contributions: [Contribution<Value>] = []

    var conflicts: [String] {
        var owners: [String: String] = [:]
        return contributions.compactMap { contribution in
            guard let identity = key.identity(contribution.value) else { return nil }
            guard let owner = owners.updateValue(contribution.plugin, forKey: identity) else { return nil }
            return owner == contribution.plugin
                ? "\(key.name) \(identity) is claimed twice by '\(owner)'"
                : "\(key.name) \(identity) is claimed by '\(owner)' and by '\(contribution.plugin)'"
        }
    }

    func fold(_ registry: PluginRegistry, into router: inout ProtocolTypeRouter) {
        key.fold?(contributions, registry, &router)
    }
}
