// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The targets of a package, as SwiftPM itself reads its manifest.
struct PackageManifest: Decodable, Sendable {
    struct Target: Decodable, Sendable {
        let name: String
        let type: String
        let path: String?
        let dependencies: [Dependency]

        var isTest: Bool { type == "test" }

        /// The folder of the sources, relative to the package.
        var folder: String { path ?? (isTest ? "Tests/\(name)" : "Sources/\(name)") }
    }

    /// The name of a target or product that a target depends on.
    struct Dependency: Decodable, Sendable {
        let name: String

        /// The dump says `{"byName": [name, condition]}` or `{"product": [name, package, …]}`.
        init(from decoder: any Decoder) throws {
            let kinds = try decoder.container(keyedBy: Kind.self)
            guard let kind = kinds.allKeys.first else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "a dependency of an unknown kind"))
            }
            var values = try kinds.nestedUnkeyedContainer(forKey: kind)
            name = try values.decode(String.self)
        }

        enum Kind: String, CodingKey {
            case byName, product, target
        }
    }

    let targets: [Target]

    /// The repository that this file belongs to.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    /// Asks SwiftPM, with a build folder apart, as the one in use is locked while its tests run.
    static func load() throws -> PackageManifest {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "sluice-manifest-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }

        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", root.path, "--scratch-path", scratch.path, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let json = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return try JSONDecoder().decode(PackageManifest.self, from: json)
    }
}
