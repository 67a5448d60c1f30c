// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A folder of templates: the project's, a plug-in's or the framework's.
public struct TemplateFolder: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The largest template: 1 MiB.
    public static let fileLimit = 1_048_576
    /// How deep folders may lie in each other; keeps links in a circle from being followed for ever.
    public static let depthLimit = 16

    /// The folder.
    public let path: String

    /// A folder; one that does not exist has no templates.
    public init(_ path: String) {
        self.path = path
    }

    /// A folder as a text.
    public init(stringLiteral path: String) {
        self.path = path
    }

    /// A template's file, and by what a change of it is seen.
    struct File: Hashable {
        let name: String
        let path: String
        let size: Int
        let inode: UInt64
        let modified: Int
        let modifiedNanoseconds: Int
    }

    /// All templates below the folder, by name; files and folders whose names begin with a dot are left out.
    func files() throws(TemplateError) -> [File] {
        var files: [File] = []
        try collect(path, prefix: "", depth: 0, into: &files)
        return files.sorted { $0.name < $1.name }
    }

    private func collect(
        _ folder: String, prefix: String, depth: Int, into files: inout [File]
    ) throws(TemplateError) {
        guard depth <= Self.depthLimit else {
            throw TemplateError(.tooLarge, "the template folder '\(folder)' lies too deep")
        }
        guard let directory = opendir(folder) else {
            if errno == ENOENT { return }
            throw TemplateError(.unreadable, "the template folder '\(folder)' cannot be read")
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            let path = folder + "/" + name
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try collect(path, prefix: prefix + name + "/", depth: depth + 1, into: &files)
            case S_IFREG where Syntax(fileName: name) != nil:
                files.append(
                    File(
                        name: prefix + name, path: path, size: Int(status.st_size), inode: UInt64(status.st_ino),
                        modified: status.st_mtim.tv_sec, modifiedNanoseconds: status.st_mtim.tv_nsec))
            default: continue
            }
        }
    }

    /// How values are escaped, by the file's extension.
    enum Syntax: String {
        case html = "HTML"
        case text = "TEXT"

        init?(fileName: String) {
            switch fileName.split(separator: ".", omittingEmptySubsequences: false).last {
            case "html", "svg", "xml", "mustache": self = .html
            case "txt": self = .text
            default: return nil
            }
        }
    }
}
