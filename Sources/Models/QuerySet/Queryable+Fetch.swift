// SPDX-License-Identifier: Apache-2.0

extension Databases {
    /// The databases of the current task: of a request, a command, a test.
    @TaskLocal public static var current: Databases?

    /// Those of the task; throws `ModelError` with the code `.database` outside of any.
    public static func required() throws -> Databases {
        guard let current else {
            throw ModelError(.database, "no databases here: run this inside Databases.$current.withValue(…)")
        }
        return current
    }

    var store: RecordStore { RecordStore(self) }
}

extension Queryable {
    /// The objects, by one statement and one more for each relation that is prefetched.
    public func fetch(fileID: StaticString = #fileID, line: UInt = #line) async throws -> [Root] {
        try await observed(fileID, line) { try await querySet.objects(querySet.tree) }
    }

    /// The only object; throws `ModelError` with the code `.notFound` or `.multiple`.
    public func get(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Root {
        try await observed(fileID, line) {
            let tree = querySet.tree
            let found = try await querySet.objects(tree.forGet)
            try RecordStore.check(count: found.count, tree)
            return found[0]
        }
    }

    /// The only object that a condition is true for; throws `ModelError` with the code `.notFound` or `.multiple`.
    public func get(_ condition: (Root.Fields) -> Q, fileID: StaticString = #fileID, line: UInt = #line) async throws
        -> Root
    {
        try await observed(fileID, line) { try await filter(condition).get() }
    }

    /// The object with a key; throws `ModelError` with the code `.notFound`.
    public func get(_ key: Root.Key, fileID: StaticString = #fileID, line: UInt = #line) async throws -> Root {
        try await observed(fileID, line) { try await filter { $0.pk == key }.get() }
    }

    /// The first object, by the key if nothing else says what is first; nil if there is none.
    public func first(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Root? {
        try await observed(fileID, line) {
            try await querySet.objects(try querySet.ordered().adding(.slice(offset: 0, limit: 1))).first
        }
    }

    /// The last object, by the key if nothing else says what is last; nil if there is none.
    public func last(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Root? {
        try await observed(fileID, line) {
            let tree = try querySet.ordered().adding(.reverse).adding(.slice(offset: 0, limit: 1))
            return try await querySet.objects(tree).first
        }
    }

    /// The object at a position; throws `ModelError` with the code `.index` if there are not so many.
    public func at(_ position: Int, fileID: StaticString = #fileID, line: UInt = #line) async throws -> Root {
        try await observed(fileID, line) {
            guard let found = try await self[position..<position + 1].fetch().first else {
                throw ModelError(.index, "there is no row \(position)")
            }
            return found
        }
    }

    /// The object with the smallest value of a column; throws `ModelError` with the code `.notFound`.
    public func earliest(_ column: KeyPath<Root.Fields, Order>, fileID: StaticString = #fileID, line: UInt = #line)
        async throws -> Root
    {
        try await observed(fileID, line) {
            guard let found = try await order(by: column)[..<1].fetch().first else {
                throw ModelError(.notFound, "\(Root.label) matching query does not exist.")
            }
            return found
        }
    }

    /// How many there are.
    public func count(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Int {
        try await observed(fileID, line) { try await Databases.required().store.count(querySet.tree) }
    }

    /// Whether there is one.
    public func exists(fileID: StaticString = #fileID, line: UInt = #line) async throws -> Bool {
        try await observed(fileID, line) { try await Databases.required().store.exists(querySet.tree) }
    }

    /// Whether an object is among them.
    public func contains(_ object: Root, fileID: StaticString = #fileID, line: UInt = #line) async throws -> Bool {
        try await observed(fileID, line) {
            try await filter { $0.pk == object.primaryKey }.exists()
        }
    }

    /// The objects with these keys, by key; with none given, no statement is sent.
    public func inBulk(_ keys: some Sequence<Root.Key>, fileID: StaticString = #fileID, line: UInt = #line) async throws
        -> [Root.Key: Root]
    {
        try await observed(fileID, line) {
            let found = try await filter { $0.pk.in(keys) }.fetch()
            return Dictionary(found.map { ($0.primaryKey, $0) }) { first, _ in first }
        }
    }

    /// How the database goes about it.
    public func explain() async throws -> String { try await Databases.required().store.explain(querySet.tree) }

    /// The statement and its values, as the model's database would get it.
    public func statement() throws -> Statement {
        let databases = try Databases.required()
        return try databases.store.reading(querySet.tree).planner.select(querySet.tree).statement
    }
}

extension QuerySet {
    /// The database that it would be read from.
    public func database() throws -> Database { try Databases.required().store.reading(tree) }

    /// The same in an order that says what is first.
    func ordered() throws -> QueryTree {
        try isOrdered() ? tree : tree.adding(.order([Ordering(name: "pk")]))
    }

    /// Whether its order is said, by itself or by the model.
    public func isOrdered() throws -> Bool {
        let databases = try Databases.required()
        var isOrdered = try !databases.main.schema.required(Root.label).ordering.isEmpty
        for step in tree.steps {
            switch step {
            case .order(let terms): isOrdered = !terms.isEmpty
            case .clearOrder: isOrdered = false
            default: break
            }
        }
        return isOrdered
    }

    /// The objects of a query with the types of this one.
    func objects(_ tree: QueryTree) async throws -> [Root] {
        let databases = try Databases.required()
        let store = databases.store
        let database = try store.reading(tree)
        let plan = try database.plan(tree)
        guard !plan.isEmpty else { return [] }
        guard case .object(let shape, _) = plan.rows else {
            throw ModelError(.type, "a query of values has no objects")
        }
        if plan.locksRows, database.transaction == nil {
            throw ModelError(.transaction, "rows can be locked only in a transaction.")
        }
        let types = types
        guard plan.prefetches.isEmpty else {
            return try await store.fetch(tree).map { record in
                var row = ModelRow(record, types: types, prefix: "")
                return try Root(row: &row)
            }
        }
        let kinds = plan.kinds
        let name = database === databases.main ? nil : database.name
        return try await database.run(plan.statement, writing: plan.locksRows) { reader in
            var objects: [Root] = []
            while try reader.next() {
                var row = ModelRow(reader, kinds, shape, database: name, types: types, prefix: "")
                objects.append(try Root(row: &row))
            }
            return objects
        }
    }
}
