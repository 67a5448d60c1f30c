// SPDX-License-Identifier: Apache-2.0

/// Writes models as an application would, for tables that are there already (Django's `inspectdb`): a beginning for
/// people to go on from.
public struct ModelWriter {
    private let state: SchemaState

    /// The tables of ``Database/inspect(app:)``.
    public init(_ state: SchemaState) { self.state = state }

    /// A file of Swift; the tables in the order of their names.
    public var text: String {
        let usesUUID = state.tables.values.contains { $0.columns.contains { $0.kind == .uuid } }
        return
            ([usesUUID ? "import Foundation\nimport Sluice" : "import Sluice"]
            + state.tables.keys.sorted().compactMap { name in
                state.tables[name].map { model(name, $0) }
            }).joined(separator: "\n\n") + "\n"
    }

    private struct Property {
        let name: String
        let column: ColumnState
        let type: String
        /// The model that it refers to.
        let target: String?
    }

    private func typeName(_ table: String) -> String? {
        state.tables[table]?.model.split(separator: ".").last.map(String.init)
    }

    private func properties(_ table: TableState) -> [Property] {
        var taken: Set<String> = ["state", "primaryKey"]
        return table.columns.map { column in
            let target = column.reference.flatMap { typeName($0.table) }
            var base = column.name
            if target != nil, base.hasSuffix("_id") { base = String(base.dropLast(3)) }
            var name = Self.identifier(base)
            while !taken.insert(name).inserted { name += "_" }
            let type = target.map { "Ref<\($0)>" } ?? Self.type(of: column.kind)
            return Property(name: name, column: column, type: type + (column.isNull ? "?" : ""), target: target)
        }
    }

    private func model(_ name: String, _ table: TableState) -> String {
        let parts = table.model.split(separator: ".").map(String.init)
        let (app, type) = (parts.first ?? "", parts.last ?? "")
        let all = properties(table)
        var lines: [String] = []
        guard let key = all.first(where: \.column.isKey) else {
            return
                "// \(literal(name)): a key of \(table.key.isEmpty ? "no column" : "several columns") is written by hand."
        }
        lines.append("struct \(type): Model {")
        lines.append("    static let declaration = ModelDeclaration(")
        lines.append("        \(literal(app)), \(literal(type)), table: \(literal(name)),")
        lines.append("        [")
        for property in all { lines.append("            \(declaration(property)),") }
        lines.append("        ])")
        lines.append("")
        for property in all { lines.append("    var \(property.name): \(property.type)") }
        lines.append("    var state = ModelState()")
        let keyType = key.target.map { "\($0).Key" } ?? key.type
        let path = key.target == nil ? key.name : "\(key.name).id"
        lines.append("    var primaryKey: \(keyType) {")
        lines.append("        get { \(path) }")
        lines.append("        set { \(key.name) = \(key.target == nil ? "newValue" : ".id(newValue)") }")
        lines.append("    }")
        lines.append("")
        lines.append("    init(row: inout ModelRow) throws {")
        for property in all { lines.append("        \(property.name) = try row.next()") }
        lines.append("        state = try row.state()")
        lines.append("    }")
        lines.append("")
        lines.append("    func encode(to row: inout ModelEncoder) {")
        for property in all { lines.append("        row.add(\(property.name))") }
        lines.append("    }")
        lines.append("")
        lines.append("    struct Fields: ModelFields {")
        lines.append("        typealias Root = \(type)")
        lines.append("        let path: FieldPath")
        for property in all { lines.append("        \(field(property))") }
        lines.append("    }")
        lines.append("}")
        return lines.joined(separator: "\n")
    }

    private func field(_ property: Property) -> String {
        let path = literal(property.name.filter { $0 != "`" })
        guard let target = property.target else {
            return "var \(property.name): Expr<\(property.type)> { path.column(\(path)) }"
        }
        return property.column.isNull
            ? "var \(property.name): MaybeOne<\(target)> { path.maybe(\(path)) }"
            : "var \(property.name): \(target).Fields { path.one(\(path)) }"
    }

    private func declaration(_ property: Property) -> String {
        let column = property.column
        let name = property.name.filter { $0 != "`" }
        var options: [String] = []
        if column.isNull { options.append("null: true") }
        if let target = property.target {
            options.insert("to: \(literal(target)), onDelete: .doNothing", at: 0)
            if column.isUnique { options.append("unique: true") }
            if let reference = column.reference,
                state.tables[reference.table]?[column: reference.column]?.isKey == false
            {
                options.append("toField: \(literal(Self.identifier(reference.column).filter { $0 != "`" }))")
            }
            options.append("relatedName: \"+\"")
            if column.isKey { options.append("primaryKey: true") }
            if column.name != "\(name)_id" { options.append("column: \(literal(column.name))") }
            return ".reference(\(([literal(name)] + options).joined(separator: ", ")))"
        }
        if column.isKey { options.append("primaryKey: true") }
        if column.isUnique { options.append("unique: true") }
        if column.name != name { options.append("column: \(literal(column.name))") }
        return "FieldDeclaration(\(([literal(name), Self.case(of: column.kind)] + options).joined(separator: ", ")))"
    }

    private static func `case`(of kind: FieldKind) -> String {
        if case .decimal(let digits, let places) = kind { return ".decimal(digits: \(digits), places: \(places))" }
        return "." + kind.code
    }

    private static func type(of kind: FieldKind) -> String {
        switch kind {
        case .float: "Double"
        case .decimal: "ExactDecimal"
        case .boolean: "Bool"
        case .date: "Day"
        case .dateTime: "Timestamp"
        case .time: "ClockTime"
        case .duration: "Duration"
        case .uuid: "UUID"
        case .binary: "[UInt8]"
        case .json: "JSONValue"
        default: kind.isInteger ? "Int" : "String"
        }
    }

    private static let keywords: Set<String> = [
        "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
        "else",
        "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in",
        "init",
        "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public",
        "repeat",
        "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true",
        "try",
        "typealias", "var", "where", "while",
    ]

    /// A column's name as a property: `user_name` as `userName`. Letters and digits only, whatever a table has.
    static func identifier(_ column: String) -> String {
        let words = column.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        guard let first = words.first else { return "column" }
        let name =
            first.prefix(1).lowercased() + first.dropFirst()
            + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        if name.first?.isNumber == true { return "_" + name }
        return keywords.contains(name) ? "`\(name)`" : name
    }

    /// A text of Swift; what a table is called must not end it.
    private func literal(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\" + String(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: out += "\\u{\(String(scalar.value, radix: 16))}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
