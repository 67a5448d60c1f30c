// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Reading import declarations")
struct SourceImportsTests {
    @Test(
        "Each form of the declaration is read",
        arguments: [
            ("import NIOCore", "NIOCore", []),
            ("public import struct NIOCore.ByteBuffer", "NIOCore", ["public"]),
            ("@_exported public import `SluiceCore`", "SluiceCore", ["@_exported", "public"]),
            ("@_spi(Internal)\nimport Logging", "Logging", ["@_spi(Internal)"]),
            ("    import\n        Glibc", "Glibc", []),
            ("/* a /* nested */ comment */ import Logging // import Foundation", "Logging", []),
        ] as [(String, String, [String])])
    func form(source: String, module: String, modifiers: [String]) throws {
        let found = SourceImports.read(source)
        try #require(found.count == 1)
        #expect(found[0].module == module)
        #expect(found[0].modifiers == modifiers)
    }

    @Test("Lines are counted, and several declarations on one line are told apart")
    func lines() {
        let found = SourceImports.read("\n/*\n\n*/ import A; import B\nlet s = \"\"\"\n\n\"\"\"\nimport C\n")
        #expect(found.map { "\($0.module):\($0.line)" } == ["A:4", "B:4", "C:8"])
    }

    @Test(
        "What only looks like a declaration is not read",
        arguments: [
            "// import Foundation",
            "/* \n import Foundation \n */",
            "let a = \"\"\"\nimport Foundation \\\"\"\" \nimport Foundation\n\"\"\"",
            "let a = #\"\"\"\nimport Foundation \"\"\" \\\nimport Foundation\n\"\"\"#",
            "let a = #/\nimport Foundation\n/#",
            "model.import(from: Foundation)",
            "#if canImport(Foundation)\n#endif",
        ])
    func lookalike(source: String) {
        #expect(SourceImports.read(source).isEmpty)
    }
}
