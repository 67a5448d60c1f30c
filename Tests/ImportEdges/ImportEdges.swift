// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Compares what targets import, and what they declare, with what the table allows.
struct ImportEdges {
    let table: ImportTable
    /// The folder that the targets' folders are relative to.
    let root: URL

    /// One line for each violation, as a compiler would write it: `Sources/WebSocket/Frame.swift:3: …`.
    func violations(of target: PackageManifest.Target) throws -> [String] {
        guard let row = table.row(of: target.name, isTest: target.isTest) else {
            return ["Package.swift: target \(target.name) has no row in the table of imports"]
        }
        return declared(by: target, row) + (try imported(by: target, row))
    }

    private func declared(by target: PackageManifest.Target, _ row: ImportTable.Row) -> [String] {
        guard case .only(let allowed) = row else { return [] }
        return target.dependencies.filter { !allowed.contains($0.name) }.map {
            "Package.swift: target \(target.name) must not depend on \($0.name)"
        }
    }

    private func imported(by target: PackageManifest.Target, _ row: ImportTable.Row) throws -> [String] {
        try sources(of: target).flatMap { path in
            let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
            return SourceImports.read(text).compactMap { declaration in
                Self.refusal(of: declaration, row).map {
                    "\(path):\(declaration.line): \(target.name) must not import \(declaration.module)\($0)"
                }
            }
        }
    }

    /// Why an import is refused (empty when the module itself is), or nil.
    private static func refusal(of declaration: ImportDeclaration, _ row: ImportTable.Row) -> String? {
        switch row {
        case .anything:
            // The suite is Swift Testing's alone and is run without XCTest: such tests would never run.
            return declaration.module == "XCTest" ? "" : nil
        case .only(let allowed):
            guard allowed.contains(declaration.module) || ImportTable.standard.contains(declaration.module) else {
                return ""
            }
            let opened = declaration.modifiers.first { $0 == "@testable" || $0.hasPrefix("@_spi") }
            return opened.map { " with \($0)" }
        }
    }

    /// The Swift files of a target, relative to the root, in a stable order.
    func sources(of target: PackageManifest.Target) throws -> [String] {
        guard target.type != "system" else { return [] }
        let folder = root.appending(path: target.folder)
        guard let files = FileManager.default.enumerator(atPath: folder.path) else {
            throw CocoaError(.fileReadNoSuchFile, userInfo: [NSFilePathErrorKey: folder.path])
        }
        return files.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted().map {
            "\(target.folder)/\($0)"
        }
    }
}
