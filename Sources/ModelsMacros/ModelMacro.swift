// SPDX-License-Identifier: Apache-2.0

#if Macros
import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacros

/// `@Model`: writes what a model written by hand has: its declaration, a key and a state, an initialiser, how rows are
/// read and written, and the names in queries.
struct ModelMacro: MemberMacro, ExtensionMacro {
    static func expansion(
        of node: AttributeSyntax, providingMembersOf declaration: some DeclGroupSyntax,
        conformingTo protocols: [TypeSyntax], in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        guard let model = ModelSource(node, declaration, in: context) else { return [] }
        return model.members.map { DeclSyntax(stringLiteral: $0) }
    }

    static func expansion(
        of node: AttributeSyntax, attachedTo declaration: some DeclGroupSyntax,
        providingExtensionsOf type: some TypeSyntaxProtocol, conformingTo protocols: [TypeSyntax],
        in context: some MacroExpansionContext
    ) throws -> [ExtensionDeclSyntax] {
        guard declaration.is(StructDeclSyntax.self), !protocols.isEmpty else { return [] }
        return [try ExtensionDeclSyntax("extension \(type.trimmed): SluiceModels.Model {}")]
    }
}

/// `@Key`, `@Column` and `@Reference`: say something to `@Model`, and write nothing themselves.
struct FieldMarkerMacro: PeerMacro {
    static func expansion(
        of node: AttributeSyntax, providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] { [] }
}

/// `@ManyToMany` and `@Reverse`: the property asks the database.
struct RelationMacro: AccessorMacro {
    static func expansion(
        of node: AttributeSyntax, providingAccessorsOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [AccessorDeclSyntax] {
        // What does not fit is told by `@Model`.
        guard let access = ModelField(declaration)?.access else { return [] }
        return ["get { \(raw: access) }"]
    }
}

/// What is wrong with a model, at the place where it is wrong.
struct ModelDiagnostic: DiagnosticMessage {
    let message: String
    let diagnosticID = MessageID(domain: "SluiceModels", id: "model")
    let severity = DiagnosticSeverity.error

    init(_ message: String) { self.message = message }
}

extension MacroExpansionContext {
    func complain(_ message: String, at node: some SyntaxProtocol) {
        diagnose(Diagnostic(node: Syntax(node), message: ModelDiagnostic(message)))
    }
}
#endif
