// SPDX-License-Identifier: Apache-2.0

import Mustache
import Synchronization

/// Mustache templates from folders; the first folder that has a name wins: project, then plug-ins, then framework.
///
/// `.html`, `.svg`, `.xml` and `.mustache` are escaped as HTML, `.txt` is not escaped. Partials and parents are named as
/// templates are: `{{> chat/message.html}}`, `{{<base.html}}…{{/base.html}}`. Sections with the name of a helper call it, see
/// ``TemplateHelper``; no other value can be used as a section by that name.
public final class MustacheTemplates: TemplateEngine {
    private struct Loaded: Sendable {
        var library = MustacheLibrary()
        var files: [TemplateFolder.File] = []
    }

    private let folders: [TemplateFolder]
    private let isReloading: Bool
    private let helpers: Set<String>
    private let loaded: Mutex<Loaded>

    /// Loads all templates; reads the disk, so at start.
    ///
    /// - Parameters:
    ///   - folders: The most important first.
    ///   - isReloading: In development: each page looks at the files and reads them again when one has changed.
    ///   - helpers: The names of further helpers, which views then give among the values.
    /// - Throws: ``TemplateError`` with the file and line of the mistake.
    public init(
        folders: [TemplateFolder], isReloading: Bool = false, helpers: Set<String> = []
    ) throws(TemplateError) {
        let helpers = Self.standardHelpers.union(helpers)
        self.helpers = helpers
        self.folders = folders
        self.isReloading = isReloading
        let files = try Self.files(of: folders)
        loaded = Mutex(Loaded(library: try Self.library(of: files, helpers: helpers), files: files))
    }

    /// The helpers that ``Request/render(_:_:status:)`` gives to every page.
    public static let standardHelpers: Set<String> = ["url", "static", "trans"]

    /// Whether a folder has a template of this name.
    public func contains(_ name: String) -> Bool {
        loaded.withLock { $0.library.getTemplate(named: name) != nil }
    }

    /// Fills a template in.
    ///
    /// - Throws: ``TemplateError``: not found, or, in development, the mistake in a file that has changed; what a helper
    ///   throws.
    public func render(_ name: String, _ values: [String: any Sendable]) throws -> String {
        if isReloading { try reload() }
        let library = loaded.withLock { $0.library }
        let marks = HelperMarks()
        let marked = values.merging(["sluice": marks.values]) { $1 }
        guard let page = library.render(marked, withTemplate: name) else {
            let searched = folders.map(\.path).joined(separator: ", ")
            throw TemplateError(.notFound, "there is no template '\(name)' in: \(searched)")
        }
        return try marks.resolve(page) { values[$0] as? TemplateHelper }
    }

    private func reload() throws(TemplateError) {
        let files = try Self.files(of: folders)
        guard loaded.withLock({ $0.files != files }) else { return }
        let library = try Self.library(of: files, helpers: helpers)
        loaded.withLock { $0 = Loaded(library: library, files: files) }
    }

    private static func files(of folders: [TemplateFolder]) throws(TemplateError) -> [TemplateFolder.File] {
        var files: [TemplateFolder.File] = []
        var names: Set<String> = []
        for folder in folders {
            for file in try folder.files() where names.insert(file.name).inserted { files.append(file) }
        }
        return files
    }

    private static func library(
        of files: [TemplateFolder.File], helpers: Set<String>
    ) throws(TemplateError) -> MustacheLibrary {
        HTMLEscaping.registered
        HelperSections.registered
        var library = MustacheLibrary()
        for file in files {
            guard file.size <= TemplateFolder.fileLimit,
                let bytes = contents(ofFile: file.path, limit: TemplateFolder.fileLimit),
                let text = String(validating: bytes, as: UTF8.self)
            else { throw TemplateError(.unreadable, "'\(file.path)' is unreadable, too large or no UTF-8") }
            let syntax = TemplateFolder.Syntax(fileName: file.name) ?? .html
            let marked = HelperSections.marking(text, helpers: helpers, isEscaped: syntax == .html)
            do {
                // The line chooses the escaping for what stands in this file, wherever it is included.
                try library.register("{{% CONTENT_TYPE:\(syntax.rawValue)}}\n" + marked, named: file.name)
            } catch let error as MustacheTemplate.ParserError {
                let line = error.context.lineNumber - 1
                throw TemplateError(.malformed, "\(file.path):\(line): \(error.error) in '\(error.context.line)'")
            } catch {
                throw TemplateError(.malformed, "\(file.path): \(error)")
            }
        }
        return library
    }
}
