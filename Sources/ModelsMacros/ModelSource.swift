// SPDX-License-Identifier: Apache-2.0

#if Macros
import SwiftSyntax
import SwiftSyntaxMacros

/// A struct under `@Model`, and the members that it lacks.
struct ModelSource {
    private let name: String
    private let access: String
    private let app: String
    private let modelName: String
    private let options: String
    private let formerTable: String?
    private let fields: [ModelField]
    private let declarations: [String]
    private let hasOwnInit: Bool

    init?(_ node: AttributeSyntax, _ declaration: some DeclGroupSyntax, in context: some MacroExpansionContext) {
        guard let model = declaration.as(StructDeclSyntax.self) else {
            context.complain("a model is a struct", at: node)
            return nil
        }
        name = model.name.text
        let modifier = model.modifiers.first { ["public", "package"].contains($0.name.text) }
        access = modifier.map { $0.name.text + " " } ?? ""
        guard case .argumentList(let arguments) = node.arguments, let first = arguments.first, first.label == nil else {
            context.complain("say which application the model is of: @Model(\"library\")", at: node)
            return nil
        }
        app = first.expression.trimmedDescription
        modelName = arguments.first { $0.label?.text == "name" }?.expression.trimmedDescription ?? "\"\(name)\""
        formerTable = arguments.first { $0.label?.text == "was" }?.expression.trimmedDescription
        options = arguments.dropFirst().filter { !["name", "was"].contains($0.label?.text) }.map {
            "\($0.label?.text ?? ""): \($0.expression.trimmedDescription), "
        }.joined()
        fields = model.memberBlock.members.compactMap { ModelField($0.decl, in: context) }
        declarations = fields.compactMap { field in
            let text = field.declared
            if text == nil, field.isStored {
                context.complain(
                    "say which kind of column '\(field.property)' is: @Column(.char(2)) var \(field.property): \(field.type)",
                    at: node)
            }
            return text
        }
        hasOwnInit = model.memberBlock.members.contains { member in
            guard let own = member.decl.as(InitializerDeclSyntax.self) else { return false }
            return own.signature.parameterClause.parameters.first?.firstName.text != "row"
        }
        if fields.filter(\.isKey).count > 1 { context.complain("a model has one @Key", at: node) }
    }

    private var stored: [ModelField] { fields.filter(\.isStored) }
    private var key: ModelField? { fields.first(where: \.isKey) }

    var members: [String] {
        var members = [declaration]
        if key == nil { members.append("/// The key.\n\(access)var id: Int = 0") }
        members.append("/// What is known of the row.\n\(access)var state = SluiceModels.ModelState()")
        members.append(primaryKey)
        if !hasOwnInit { members.append(initializer) }
        members += [reader, writer, names]
        return members
    }

    private var declaration: String {
        let automatic = key == nil ? ["SluiceModels.FieldDeclaration(\"id\", .bigAuto, primaryKey: true)"] : []
        let list = (automatic + declarations).map { "        \($0)," }.joined(separator: "\n")
        return """
            /// Table, fields and rules.
            \(access)static let declaration = SluiceModels.ModelDeclaration(
                \(app), \(modelName), \(options)[
            \(list)
                ])\(formerTable.map { ".was(\($0))" } ?? "")
            """
    }

    private var primaryKey: String {
        let (property, type) = key.map { ($0.property, $0.type) } ?? ("id", "Int")
        if let key, case .reference(let target, _) = key.role {
            return """
                /// The key: that of the object referred to.
                \(access)var primaryKey: \(target).Key {
                    get { \(property).id }
                    set { \(property) = .id(newValue) }
                }
                """
        }
        return """
            /// The key.
            \(access)var primaryKey: \(type) {
                get { \(property) }
                set { \(property) = newValue }
            }
            """
    }

    private var initializer: String {
        let given = stored.map { field in
            let fallback = field.defaultValue ?? (field.type.hasSuffix("?") ? "nil" : nil)
            return "\(field.property): \(field.type)" + (fallback.map { " = \($0)" } ?? "")
        }
        let taken = stored.map { "    self.\($0.property) = \($0.property)" }
        return """
            /// A new object, which has no row yet.
            \(access)init(\(given.joined(separator: ", "))) {
            \(taken.joined(separator: "\n"))
            }
            """
    }

    private var columns: [String] { (key == nil ? ["id"] : []) + stored.map(\.property) }

    private var reader: String {
        """
        /// Reads a row's columns in their order.
        \(access)init(row: inout SluiceModels.ModelRow) throws {
        \(columns.map { "    self.\($0) = try row.next()" }.joined(separator: "\n"))
            self.state = try row.state()
        }
        """
    }

    private var writer: String {
        """
        /// Writes the columns in their order.
        \(access)func encode(to row: inout SluiceModels.ModelEncoder) {
        \(columns.map { "    row.add(self.\($0))" }.joined(separator: "\n"))
        }
        """
    }

    private var names: String {
        let automatic = key == nil ? ["var id: SluiceModels.Expr<Int> { path.column(\"id\") }"] : []
        let lines = (automatic + fields.map(\.inQueries)).map { "    /// In queries.\n    \(access)\($0)" }
        return """
            /// The names in queries.
            \(access)struct Fields: SluiceModels.ModelFields {
                /// The model.
                \(access)typealias Root = \(name)
                /// How the query comes here.
                \(access)let path: SluiceModels.FieldPath
                /// The names at the end of a path.
                \(access)init(path: SluiceModels.FieldPath) { self.path = path }
            \(lines.joined(separator: "\n"))
            }
            """
    }
}
#endif
