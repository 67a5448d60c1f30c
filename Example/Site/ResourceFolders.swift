// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Finds the folders of the package: templates, static files, languages.
///
/// They are looked for below the working directory, then below each folder above the executable (which is built
/// into `.build` inside the package), and at last where this file was compiled.
struct ResourceFolders: Sendable {
    /// The package's folder.
    let root: String

    /// - Throws: ``Missing``, which names the places.
    init() throws {
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        var places = [FileManager.default.currentDirectoryPath]
        places += sequence(first: executable.deletingLastPathComponent()) {
            $0.path == "/" ? nil : $0.deletingLastPathComponent()
        }.map(\.path)
        places += [URL(fileURLWithPath: #filePath + "/../../..").standardizedFileURL.path]
        guard let root = places.first(where: { Self.isPackage($0) }) else { throw Missing(places: places) }
        self.root = root
    }

    /// A folder of the package; it is there.
    ///
    /// - Throws: ``Missing``.
    func folder(_ path: String) throws -> String {
        let whole = root + "/" + path
        guard Self.isFolder(whole) else { throw Missing(places: [whole]) }
        return whole
    }

    /// The folder of the migrations, which `make-migrations` writes; below the working directory where the package is
    /// not found.
    static var migrations: String {
        ((try? ResourceFolders().root).map { $0 + "/" } ?? "") + "Example/Migrations"
    }

    private static func isPackage(_ path: String) -> Bool {
        isFolder(path + "/Example/Templates") && isFolder(path + "/Templates/static")
    }

    private static func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// The files that pages are made of are not there.
    struct Missing: Error, CustomStringConvertible {
        let places: [String]

        var description: String {
            "the folders Example/Templates and Templates/static are missing; looked in: "
                + places.joined(separator: ", ")
        }
    }
}
