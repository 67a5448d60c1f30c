// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The build folder that the running tests come from, and how to compile against its modules.
struct BuildFolder: Sendable {
    /// Where the products are: `.build/x86_64-unknown-linux-gnu/debug`, or its like under another scratch path.
    let products: URL

    /// The repository that this file belongs to.
    static let package = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    /// The folder of the running executable.
    static func running() throws -> BuildFolder {
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return BuildFolder(products: URL(filePath: executable).deletingLastPathComponent())
    }

    /// Search paths for the built Swift modules and for the C modules that they were built on.
    ///
    /// SwiftPM writes a module map for a C target that brings none; the others bring theirs beside their headers.
    func searchArguments() -> [String] {
        let checkouts = products.deletingLastPathComponent().deletingLastPathComponent().appending(path: "checkouts")

        let generated = children(of: products).filter { $0.pathExtension == "build" }
        let headers = children(of: checkouts).flatMap { children(of: $0.appending(path: "Sources")) }
            .map { $0.appending(path: "include") }
        let own = children(of: Self.package.appending(path: "Sources"))
        let folders: [URL] = generated + headers + own
        let maps = folders.map { $0.appending(path: "module.modulemap") }

        var arguments = ["-I", products.appending(path: "Modules").path]
        // Debian keeps libpq's headers apart; its package configuration names the folder to SwiftPM alone.
        let apart = [URL(filePath: "/usr/include/postgresql")]
        for folder in (headers + apart).filter(exists) { arguments += ["-Xcc", "-I", "-Xcc", folder.path] }
        for map in maps.filter(exists) { arguments += ["-Xcc", "-fmodule-map-file=\(map.path)"] }
        return arguments + ["-module-cache-path", products.appending(path: "ModuleCache").path]
    }

    private func children(of folder: URL) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map { folder.appending(path: $0) }
    }

    private func exists(_ url: URL) -> Bool {
        FileManager.default.fileExists(atPath: url.path)
    }
}
