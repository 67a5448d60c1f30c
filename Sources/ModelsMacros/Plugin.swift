// SPDX-License-Identifier: Apache-2.0

#if Macros
import SwiftCompilerPlugin
import SwiftSyntaxMacros

@main
struct ModelsMacros: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [
        ModelMacro.self, FieldMarkerMacro.self, RelationMacro.self,
    ]
}
#else
/// The trait `Macros` is off: there is nothing to write.
@main
enum ModelsMacros {
    static func main() {}
}
#endif
