// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Import edges")
struct ImportEdgeTests {
    @Test("Every target imports and declares only what its row allows")
    func everyTargetKeepsToItsRow() throws {
        let edges = ImportEdges(table: .sluice, root: PackageManifest.root)
        let targets = try PackageManifest.load().targets
        #expect(targets.contains { $0.name == "SluiceCore" })

        let violations = try targets.flatMap(edges.violations)
        #expect(violations.isEmpty, "\n\(violations.joined(separator: "\n"))")
        // A check that reads no file would pass for ever.
        for target in targets where target.type == "regular" && !ImportTable.inC.contains(target.name) {
            #expect(try !edges.sources(of: target).isEmpty, "\(target.name) has no sources in \(target.folder)")
        }
    }

    @Test("A planted edge is named with its file and line")
    func plantedEdge() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "sluice-edges-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let folder = root.appending(path: "Sources/WebSocket/Codec")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try """
        // SPDX-License-Identifier: Apache-2.0

        public import NIOCore
        import SluiceServer
        @testable import Glibc
        """.write(to: folder.appending(path: "Planted.swift"), atomically: true, encoding: .utf8)

        let edges = ImportEdges(table: .sluice, root: root)
        #expect(
            try edges.violations(of: target("SluiceWebSocket", path: "Sources/WebSocket", dependsOn: "SluiceServer"))
                == [
                    "Package.swift: target SluiceWebSocket must not depend on SluiceServer",
                    "Sources/WebSocket/Codec/Planted.swift:4: SluiceWebSocket must not import SluiceServer",
                    "Sources/WebSocket/Codec/Planted.swift:5: SluiceWebSocket must not import Glibc with @testable",
                ])
        #expect(
            try edges.violations(of: target("SluiceSurprise", path: "Sources/WebSocket", dependsOn: "NIOCore"))
                == ["Package.swift: target SluiceSurprise has no row in the table of imports"])
    }

    @Test("No target reaches itself through the table")
    func tableHasNoCycle() {
        func reachable(from target: String, seen: Set<String> = []) -> Set<String> {
            guard case .only(let modules) = ImportTable.sluice.rows[target] else { return seen }
            return modules.subtracting(seen).reduce(into: seen) { found, module in
                found.formUnion(reachable(from: module, seen: found.union([module])))
            }
        }
        for target in ImportTable.sluice.rows.keys {
            #expect(!reachable(from: target).contains(target), "\(target) reaches itself")
        }
    }

    private func target(_ name: String, path: String, dependsOn dependency: String) throws -> PackageManifest.Target {
        let json = """
            {"name": "\(name)", "type": "regular", "path": "\(path)", "dependencies": [{"byName": ["\(dependency)", null]}]}
            """
        return try JSONDecoder().decode(PackageManifest.Target.self, from: Data(json.utf8))
    }
}
