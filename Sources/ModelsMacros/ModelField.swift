// SPDX-License-Identifier: Apache-2.0

#if Macros
import SwiftSyntax
import SwiftSyntaxMacros

/// A property of a model, and what it becomes.
struct ModelField {
    enum Role {
        case column
        case reference(target: String, isOptional: Bool)
        case manyToMany(target: String, through: String?)
        case reverse(Reverse)
    }

    enum Reverse {
        case set(target: String, isOptional: Bool)
        case one(target: String)
        case many(target: String, through: String?)
    }

    /// The property's name in Swift.
    let property: String
    /// The field's name: `publish_date` for `publishDate`.
    let name: String
    let type: String
    let defaultValue: String?
    let role: Role
    let isKey: Bool
    private let attribute: AttributeSyntax?
    private let isLiteral: Bool

    /// A stored property; nil for a computed one, which is no field, and for one that is wrong, which is said.
    init?(_ declaration: some DeclSyntaxProtocol, in context: (any MacroExpansionContext)? = nil) {
        guard let variable = declaration.as(VariableDeclSyntax.self),
            !variable.modifiers.contains(where: { ["static", "class", "lazy"].contains($0.name.text) }),
            let binding = variable.bindings.first,
            let identifier = binding.pattern.as(IdentifierPatternSyntax.self)
        else { return nil }
        var marker: AttributeSyntax?
        for case .attribute(let attribute) in variable.attributes
        where ["Key", "Column", "Reference", "ManyToMany", "Reverse"].contains(
            attribute.attributeName.trimmedDescription)
        {
            if marker != nil {
                context?.complain(
                    "a field has one of @Key, @Column, @Reference, @ManyToMany and @Reverse", at: attribute)
            }
            marker = attribute
        }
        let kind = marker?.attributeName.trimmedDescription
        // What has accessors of its own is no field; those of a relation are written by its macro.
        if binding.accessorBlock != nil, kind != "ManyToMany", kind != "Reverse" { return nil }
        guard variable.bindings.count == 1, let annotation = binding.typeAnnotation else {
            context?.complain("a field says its type, and stands alone: var name: Type", at: declaration)
            return nil
        }
        property = identifier.identifier.text.replacing("`", with: "")
        name = Self.snakeCase(property)
        type = annotation.type.trimmedDescription
        defaultValue = binding.initializer?.value.trimmedDescription
        isLiteral = binding.initializer.map { Self.isLiteral($0.value) } ?? false
        attribute = marker
        isKey = kind == "Key"
        guard let role = Self.role(of: annotation.type, kind) else {
            context?.complain("@\(kind ?? "Column") does not fit the type \(type)", at: annotation.type)
            return nil
        }
        self.role = role
    }

    var isStored: Bool {
        switch role {
        case .column, .reference: true
        case .manyToMany, .reverse: false
        }
    }

    private static func role(of type: TypeSyntax, _ kind: String?) -> Role? {
        let (wrapped, isOptional) = unwrapped(type)
        let (base, arguments) = generic(wrapped)
        switch (kind, base) {
        case ("Reference", "Ref"), (nil, "Ref"), ("Key", "Ref"):
            return arguments.first.map { .reference(target: $0, isOptional: isOptional) }
        case ("ManyToMany", "Many"):
            return arguments.first.map { .manyToMany(target: $0, through: through(arguments)) }
        case ("Reverse", "Many"):
            return arguments.first.map { .reverse(.many(target: $0, through: through(arguments))) }
        case ("Reverse", "RelatedSet"), ("Reverse", "OptionalRelatedSet"):
            return arguments.last.map { .reverse(.set(target: $0, isOptional: base == "OptionalRelatedSet")) }
        case ("Reverse", "RelatedOne"):
            return arguments.first.map { .reverse(.one(target: $0)) }
        case (nil, _), ("Column", _), ("Key", _): return .column
        default: return nil
        }
    }

    private static func through(_ arguments: [String]) -> String? {
        arguments.count > 1 && arguments[1] != "NoThrough" ? arguments[1] : nil
    }

    private static func unwrapped(_ type: TypeSyntax) -> (TypeSyntax, Bool) {
        if let optional = type.as(OptionalTypeSyntax.self) { return (optional.wrappedType, true) }
        return (type, false)
    }

    private static func generic(_ type: TypeSyntax) -> (String, [String]) {
        guard let identifier = type.as(IdentifierTypeSyntax.self) else { return (type.trimmedDescription, []) }
        let arguments = identifier.genericArgumentClause?.arguments.map { $0.argument.trimmedDescription } ?? []
        return (identifier.name.text, arguments)
    }

    private static func isLiteral(_ expression: ExprSyntax) -> Bool {
        if let negative = expression.as(PrefixOperatorExprSyntax.self) { return isLiteral(negative.expression) }
        return [.integerLiteralExpr, .floatLiteralExpr, .booleanLiteralExpr, .stringLiteralExpr].contains(
            expression.kind)
    }

    /// `publishDate` → `publish_date`, `htmlURL` → `html_url`.
    static func snakeCase(_ name: String) -> String {
        var result = ""
        let letters = Array(name)
        for (index, letter) in letters.enumerated() {
            let startsWord =
                letter.isUppercase && index > 0
                && (!letters[index - 1].isUppercase || index + 1 < letters.count && letters[index + 1].isLowercase)
            if startsWord, letters[index - 1] != "_" { result += "_" }
            result += letter.lowercased()
        }
        return result
    }
}

// MARK: What is written

extension ModelField {
    /// An argument of the field's attribute, as it was written.
    private func argument(_ label: String?) -> String? {
        arguments.first { $0.label?.text == label }?.expression.trimmedDescription
    }

    private var arguments: LabeledExprListSyntax {
        guard case .argumentList(let list) = attribute?.arguments else { return [] }
        return list
    }

    /// The arguments that the declaration takes as they are, and those that the property says, in the declaration's order.
    private func passed(
        without labels: Set<String>, and own: [String: String] = [:], order: [String]
    ) -> String {
        var all = own
        for argument in arguments {
            guard let label = argument.label?.text, !labels.contains(label) else { continue }
            all[label] = argument.expression.trimmedDescription
        }
        return order.compactMap { label in all[label].map { ", \(label): \($0)" } }.joined()
    }

    /// The field's declaration; nil for what is declared by the other side, and for a column of an unknown kind.
    var declared: String? {
        declaredAnew.map { text in text + (argument("was").map { ".was(\($0))" } ?? "") }
    }

    private var declaredAnew: String? {
        switch role {
        case .column: return column
        case .reference(let target, let isOptional):
            let to = argument("to") ?? "\"\(target == "Self" ? "self" : target)\""
            let onDelete = argument("onDelete") ?? ".cascade"
            var own: [String: String] = ["relatedName": argument("reverse") ?? ""].filter { !$0.value.isEmpty }
            if isOptional { own["null"] = "true" }
            if isKey { own["primaryKey"] = "true" }
            let rest = passed(
                without: ["to", "onDelete", "reverse", "was"], and: own,
                order: [
                    "null", "unique", "toField", "relatedName", "relatedQueryName", "constraint", "default",
                    "primaryKey",
                    "blank", "parentLink", "verboseName", "column",
                ])
            return ".reference(\"\(name)\", to: \(to), onDelete: \(onDelete)\(rest))"
        case .manyToMany(let target, let through):
            let to = argument("to") ?? "\"\(target)\""
            let middle = through.map { ", through: \"\($0)\"" } ?? ""
            let own = ["relatedName": argument("reverse") ?? ""].filter { !$0.value.isEmpty }
            let rest = passed(
                without: ["to", "reverse"], and: own,
                order: ["throughFields", "relatedName", "relatedQueryName", "table", "symmetrical", "verboseName"])
            return ".manyToMany(\"\(name)\", to: \(to)\(middle)\(rest))"
        case .reverse: return nil
        }
    }

    private var column: String? {
        let isOptional = type.hasSuffix("?")
        let plain = isOptional ? String(type.dropLast()) : type
        guard let kind = argument(nil) ?? kind(of: plain) else { return nil }
        var own: [String: String] = [:]
        if isOptional { own["null"] = "true" }
        if isKey { own["primaryKey"] = "true" }
        if let defaultValue, argument("default") == nil, !isKey, defaultValue != "nil" {
            let value = "(\(defaultValue) as \(type)).columnValue"
            own["default"] = isLiteral ? ".value(\(value))" : ".call { \(value) }"
        }
        let rest = passed(
            without: ["max", "digits", "places", "was"], and: own,
            order: [
                "null", "blank", "primaryKey", "unique", "index", "default", "column", "choices", "clock",
                "verboseName",
                "helpText", "databaseDefault", "generated",
            ])
        return "SluiceModels.FieldDeclaration(\"\(name)\", \(kind)\(rest))"
    }

    private func kind(of type: String) -> String? {
        switch type {
        case "Int" where isKey && defaultValue != nil: return ".bigAuto"
        case "Int", "Int64": return ".bigInteger"
        case "Int32": return ".integer"
        case "Int16": return ".smallInteger"
        case "String": return argument("max").map { ".char(\($0))" } ?? ".text"
        case "Bool": return ".boolean"
        case "Double": return ".float"
        case "ExactDecimal":
            guard let digits = argument("digits"), let places = argument("places") else { return nil }
            return ".decimal(digits: \(digits), places: \(places))"
        case "Day": return ".date"
        case "Timestamp": return ".dateTime"
        case "ClockTime": return ".time"
        case "Duration": return ".duration"
        case "UUID": return ".uuid"
        case "[UInt8]": return ".binary"
        case "JSONValue": return ".json"
        default: return nil
        }
    }

    /// How a relation is asked that the row itself does not hold; nil for what is stored.
    var access: String? {
        let accessor = argument("accessor") ?? "\"\(name)\""
        switch role {
        case .manyToMany(_, let through), .reverse(.many(_, let through)):
            let middle = through.map { ", through: \($0).self" } ?? ""
            return "many(\(accessor), back: \(back)\(middle))"
        case .reverse(.set(_, let isOptional)):
            return "\(isOptional ? "optionalRelated" : "related")(\(accessor), by: \(back))"
        case .reverse(.one): return "relatedOne(\(accessor), by: \(back))"
        case .column, .reference: return nil
        }
    }

    /// The name by which the other model comes back.
    private var back: String { argument("by") ?? argument("reverse") ?? "\"\(name)\"" }

    /// The name in queries.
    var inQueries: String {
        let accessor = argument("accessor").map { ", accessor: \($0)" } ?? ""
        switch role {
        case .column: return "var \(property): SluiceModels.Expr<\(type)> { path.column(\"\(name)\") }"
        case .reference(let target, let isOptional):
            return isOptional
                ? "var \(property): SluiceModels.MaybeOne<\(target)> { path.maybe(\"\(name)\") }"
                : "var \(property): \(target).Fields { path.one(\"\(name)\") }"
        case .manyToMany(let target, _), .reverse(.many(let target, _)), .reverse(.set(let target, _)):
            return
                "var \(property): SluiceModels.ToMany<\(target)> { path.many(\"\(name)\"\(accessor), back: \(back)) }"
        case .reverse(.one(let target)):
            return "var \(property): SluiceModels.MaybeOne<\(target)> { path.maybe(\"\(name)\") }"
        }
    }
}
#endif
