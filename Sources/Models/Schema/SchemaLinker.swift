// SPDX-License-Identifier: Apache-2.0

/// Makes the linked models out of declarations.
struct SchemaLinker {
    private(set) var declarations: [ModelDeclaration]
    private(set) var byLabel: [String: ModelID] = [:]
    private let declared: Int
    private var locals: [[FieldSchema]] = []
    private var sets: [[FieldSchema]] = []
    private var keys: [FieldSchema] = []
    private var throughs: [String: ThroughSchema] = [:]

    init(_ declarations: [ModelDeclaration]) throws {
        self.declarations = declarations
        declared = declarations.count
        try index()
    }

    private mutating func index() throws {
        byLabel = [:]
        for (index, declaration) in declarations.enumerated() {
            guard byLabel.updateValue(ModelID(index: index), forKey: declaration.label) == nil else {
                throw ModelError(.schema, "there are two models \(declaration.label)")
            }
        }
    }

    private func resolve(_ name: String, in app: String) throws -> ModelID {
        guard let id = byLabel[name] ?? byLabel["\(app).\(name)"] else {
            throw ModelError(.schema, "there is no model \(name) (in \(app))")
        }
        return id
    }

    mutating func link() throws -> [ModelSchema] {
        for index in 0..<declared { try addParentLink(index) }
        for index in 0..<declared { addKey(index) }
        for index in 0..<declared { try addThroughs(index) }
        try index()
        for index in declarations.indices { try makeFields(index) }
        return try declarations.indices.map(makeModel)
    }

    /// A child model refers to its parent by its key.
    private mutating func addParentLink(_ index: Int) throws {
        let declaration = declarations[index]
        guard let parent = declaration.parents.first, declaration.proxyOf == nil,
            !declaration.fields.contains(where: { $0.relation?.isParentLink == true })
        else { return }
        let target = declarations[try resolve(parent, in: declaration.app).index]
        let link = FieldDeclaration.reference(
            "\(target.name.lowercased())_ptr", to: target.label, onDelete: .cascade, unique: true, primaryKey: true,
            parentLink: true)
        declarations[index].fields.insert(link, at: 0)
    }

    private mutating func addKey(_ index: Int) {
        let declaration = declarations[index]
        guard declaration.proxyOf == nil, !declaration.fields.contains(where: \.isPrimaryKey) else { return }
        declarations[index].fields.insert(FieldDeclaration("id", .bigAuto, primaryKey: true), at: 0)
    }

    private func table(_ declaration: ModelDeclaration) -> String {
        declaration.table ?? "\(declaration.app)_\(declaration.name)".lowercased()
    }

    private mutating func addThroughs(_ index: Int) throws {
        let model = declarations[index]
        for field in model.fields {
            guard field.kind == .manyToMany, let relation = field.relation, relation.through == nil else { continue }
            let target = declarations[try resolve(relation.target, in: model.app).index]
            let isSelf = target.label == model.label
            let from = isSelf ? "from_\(model.name.lowercased())" : model.name.lowercased()
            let to = isSelf ? "to_\(target.name.lowercased())" : target.name.lowercased()
            var through = ModelDeclaration(
                model.app, "\(model.name)_\(field.name)", table: relation.table ?? "\(table(model))_\(field.name)",
                [
                    FieldDeclaration("id", .bigAuto, primaryKey: true),
                    .reference(
                        from, to: model.label, onDelete: .cascade, relatedName: "\(model.name)_\(field.name)+"),
                    .reference(to, to: target.label, onDelete: .cascade, relatedName: "\(model.name)_\(field.name)+"),
                ])
            through.constraints = [
                .unique(name: "\(through.table ?? "")_\(from)_id_\(to)_id_uniq", fields: [from, to])
            ]
            throughs["\(model.label).\(field.name)"] = ThroughSchema(
                model: ModelID(index: declarations.count), sourceField: from, targetField: to, isAutomatic: true)
            declarations.append(through)
        }
    }

    // MARK: Fields

    private mutating func makeFields(_ index: Int) throws {
        let model = declarations[index]
        var local: [FieldSchema] = []
        var many: [FieldSchema] = []
        var key: FieldSchema?
        for declaration in model.fields {
            let field = try makeField(declaration, of: model, ModelID(index: index))
            if field.isManyToMany { many.append(field) } else if field.isConcrete { local.append(field) }
            if field.isPrimaryKey { key = field }
        }
        locals.append(local)
        sets.append(many)
        if let proxied = model.proxyOf {
            let concrete = try resolve(proxied, in: model.app)
            guard concrete.index < index else {
                throw ModelError(.schema, "\(model.label) stands before the model that it is a proxy of")
            }
            key = keys[concrete.index]
        }
        guard let key else { throw ModelError(.schema, "\(model.label) has no key") }
        keys.append(key)
    }

    private func makeField(_ declaration: FieldDeclaration, of model: ModelDeclaration, _ id: ModelID) throws
        -> FieldSchema
    {
        guard let relation = declaration.relation else {
            let hasColumn = if case .composite = declaration.kind { false } else { true }
            return FieldSchema(
                declaration: declaration, model: id, attribute: declaration.name,
                column: hasColumn ? declaration.column ?? declaration.name : "", kind: declaration.kind, relation: nil)
        }
        let linked = try makeRelation(relation, field: declaration, of: model, id)
        guard declaration.kind == .reference else {
            return FieldSchema(
                declaration: declaration, model: id, attribute: declaration.name, column: "", kind: .manyToMany,
                relation: linked)
        }
        let attribute = "\(declaration.name)_id"
        return FieldSchema(
            declaration: declaration, model: id, attribute: attribute, column: declaration.column ?? attribute,
            kind: try storedKind(linked, depth: 0), relation: linked)
    }

    /// A reference to a reference stores what that one stores.
    private func storedKind(_ relation: RelationSchema, depth: Int) throws -> FieldKind {
        let target = declarations[relation.target.index]
        guard depth < 16, let field = target.fields.first(where: { $0.name == relation.targetField }) else {
            throw ModelError(.schema, "\(target.label) has no field \(relation.targetField) to refer to")
        }
        guard let next = field.relation else {
            return field.kind == .auto ? .integer : field.kind == .bigAuto ? .bigInteger : field.kind
        }
        return try storedKind(
            try makeRelation(next, field: field, of: target, relation.target), depth: depth + 1)
    }

    private func keyName(_ id: ModelID) throws -> String {
        let model = declarations[id.index]
        if let proxied = model.proxyOf { return try keyName(try resolve(proxied, in: model.app)) }
        return model.fields.first(where: \.isPrimaryKey)?.name ?? "id"
    }

    private func makeRelation(
        _ declaration: RelationDeclaration, field: FieldDeclaration, of model: ModelDeclaration, _ id: ModelID
    ) throws -> RelationSchema {
        let target = try resolve(declaration.target == "self" ? model.label : declaration.target, in: model.app)
        var through: ThroughSchema?
        if field.kind == .manyToMany {
            through = try throughs["\(model.label).\(field.name)"] ?? declaredThrough(declaration, of: model, target)
        }
        let isHidden = declaration.relatedName?.hasSuffix("+") == true
        let lower = model.name.lowercased()
        let isMultiple = field.kind == .manyToMany || !(field.isUnique || field.isPrimaryKey)
        let reverse = declaration.relatedName ?? (isMultiple ? "\(lower)_set" : lower)
        return RelationSchema(
            declaration: declaration, source: id, target: target,
            targetField: try declaration.toField ?? keyName(target), through: through,
            reverseName: isHidden ? nil : reverse,
            reverseQueryName: declaration.relatedQueryName ?? (isHidden ? nil : declaration.relatedName) ?? lower)
    }

    private func declaredThrough(_ relation: RelationDeclaration, of model: ModelDeclaration, _ target: ModelID) throws
        -> ThroughSchema
    {
        let through = try resolve(relation.through ?? "", in: model.app)
        let fields = declarations[through.index].fields
        let middle = declarations[through.index].app
        func first(to label: String, not other: String?) -> String? {
            fields.first {
                guard $0.kind == .reference, $0.name != other, let name = $0.relation?.target else { return false }
                return name == label || "\(middle).\(name)" == label
            }?.name
        }
        let source = relation.throughFields?.first ?? first(to: model.label, not: nil)
        let other = relation.throughFields?.last ?? first(to: declarations[target.index].label, not: source)
        guard let source, let other else {
            throw ModelError(.schema, "\(declarations[through.index].label) does not refer to both of its sides")
        }
        return ThroughSchema(model: through, sourceField: source, targetField: other, isAutomatic: false)
    }

    // MARK: Models

    private func ancestors(_ index: Int) throws -> [(model: ModelID, link: FieldSchema)] {
        guard let link = locals[index].first(where: { $0.relation?.declaration.isParentLink == true }),
            let parent = link.relation?.target
        else { return [] }
        return [(parent, link)] + (try ancestors(parent.index))
    }

    private func makeModel(_ index: Int) throws -> ModelSchema {
        let declaration = declarations[index]
        var concrete = ModelID(index: index)
        while let proxied = declarations[concrete.index].proxyOf {
            concrete = try resolve(proxied, in: declarations[concrete.index].app)
        }
        let parents = try ancestors(concrete.index)
        let chain = [concrete] + parents.map(\.model)
        let key = keys[index]
        let fields = chain.reversed().flatMap { locals[$0.index] }
        var keyFields = [key]
        if case .composite(let names) = key.kind {
            keyFields = try names.map { name in
                guard let part = fields.first(where: { $0.name == name }) else {
                    throw ModelError(.schema, "\(declaration.label) has no field \(name) for its key")
                }
                return part
            }
        }
        let family = Set(chain + [ModelID(index: index)])
        var reverses: [ReverseRelation] = []
        for field in (locals + sets).joined() {
            guard let relation = field.relation, family.contains(relation.target) else { continue }
            // The key that a child shares with its parent leads from the parent down, not from the child to itself.
            if relation.declaration.isParentLink, chain.contains(field.model) { continue }
            let hidden = relation.reverseName == nil && relation.declaration.relatedQueryName == nil
            reverses.append(
                ReverseRelation(
                    field: field, name: relation.reverseName,
                    queryName: hidden ? "\(relation.reverseQueryName)+" : relation.reverseQueryName))
        }
        let ordering =
            declaration.ordering.isEmpty
            ? chain.lazy.map { self.declarations[$0.index].ordering }.first { !$0.isEmpty } ?? []
            : declaration.ordering
        return ModelSchema(
            id: ModelID(index: index), declaration: declaration, table: table(declarations[concrete.index]),
            localFields: locals[concrete.index], fields: fields, manyToMany: chain.flatMap { sets[$0.index] },
            primaryKey: key, keyFields: keyFields, parents: parents, reverses: reverses, ordering: ordering,
            concrete: concrete, isAutomatic: index >= declared)
    }
}
