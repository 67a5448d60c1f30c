// SPDX-License-Identifier: Apache-2.0

/// How a query comes from its model to a field: over which relations.
public struct FieldPath: Sendable {
    /// Names of look-ups.
    let names: [String]
    /// The same by the names that relations have on objects.
    let accessors: [String]
    /// The models of the relations on the way, by their path of accessors.
    let types: [(path: String, type: any Model.Type)]

    /// The model itself.
    public init() { self.init(names: [], accessors: [], types: []) }

    private init(names: [String], accessors: [String], types: [(path: String, type: any Model.Type)]) {
        self.names = names
        self.accessors = accessors
        self.types = types
    }

    private func adding<Target: Model>(_ name: String, _ accessor: String, _ type: Target.Type) -> FieldPath {
        let accessors = accessors + [accessor]
        return FieldPath(
            names: names + [name], accessors: accessors,
            types: types + [(accessors.joined(separator: "__"), type)])
    }

    /// A column by its field's name.
    public func column<V: ColumnValue>(_ name: String, _ type: V.Type = V.self) -> Expr<V> {
        Expr(names: names + [name])
    }

    /// A reference that is always there.
    public func one<Fields: ModelFields>(_ name: String, _ type: Fields.Type = Fields.self) -> Fields {
        Fields(path: adding(name, name, Fields.Root.self))
    }

    /// A reference that may be missing, or the other direction of a one-to-one reference.
    public func maybe<Target: Model>(_ name: String, _ type: Target.Type = Target.self) -> MaybeOne<Target> {
        MaybeOne(path: adding(name, name, type))
    }

    /// A relation to many: its name in look-ups, its name on objects if that is another one, and the name in look-ups
    /// by which the other model comes back.
    public func many<Target: Model>(
        _ name: String, accessor: String? = nil, back: String, _ type: Target.Type = Target.self
    ) -> ToMany<Target> {
        ToMany(path: adding(name, accessor ?? name, type), owner: names, back: back)
    }

    /// The path of accessors, as `selectRelated` and `prefetchRelated` name it.
    var accessor: String { accessors.joined(separator: "__") }
}
