// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
public import SluiceCore

/// The texts of an application in its languages, from flat JSON files named by language: `zh.json`, `en.json` with
/// `{"chat.title": "聊天室"}`.
///
/// Put in at start, as `state[Locales.self] = try Locales(folders: ["Templates/locales"])`; it is its own key.
public struct Locales: LifespanStateKey, Sendable {
    /// No texts; Chinese.
    public static let defaultValue = Locales(texts: [:])

    /// The largest catalogue: 4 MiB.
    public static let fileLimit = 4_194_304

    /// The language when a client asks for none of ours.
    public let defaultCode: String
    private let catalogues: [String: Catalogue]

    /// Texts at hand: by language, then by key.
    public init(texts: [String: [String: String]], defaultCode: String = "zh") {
        self.defaultCode = defaultCode
        catalogues = texts.mapValues(Catalogue.init)
    }

    /// Reads the catalogues of folders; the text of the first folder that has a key wins: project, plug-ins, framework.
    ///
    /// - Throws: ``TemplateError`` `unreadable` for a file that is no flat JSON object of texts or over 4 MiB.
    public init(folders: [String], codes: [String] = ["zh", "en"], defaultCode: String = "zh") throws(TemplateError) {
        var texts: [String: [String: String]] = [:]
        for code in codes {
            var catalogue: [String: String] = [:]
            for folder in folders {
                catalogue.merge(try Self.texts(inFile: "\(folder)/\(code).json")) { first, _ in first }
            }
            texts[code] = catalogue
        }
        self.init(texts: texts, defaultCode: defaultCode)
    }

    private static func texts(inFile path: String) throws(TemplateError) -> [String: String] {
        guard fileExists(path) else { return [:] }
        guard let bytes = contents(ofFile: path, limit: fileLimit) else {
            throw TemplateError(.unreadable, "the catalogue '\(path)' cannot be read")
        }
        do {
            return try JSONDecoder().decode([String: String].self, from: Data(bytes))
        } catch {
            throw TemplateError(.malformed, "the catalogue '\(path)' is no JSON object of texts: \(error)")
        }
    }

    /// The languages that there are.
    public var codes: [String] { catalogues.keys.sorted() }

    /// A language by its code; the default for one that there is not.
    public func locale(_ code: String) -> SiteLocale {
        let known = catalogues[code] == nil ? defaultCode : code
        return SiteLocale(
            code: known, texts: catalogues[known] ?? Catalogue([:]), fallback: catalogues[defaultCode] ?? Catalogue([:])
        )
    }

    /// Our language for a tag such as `zh-Hans-CN` or `EN_us`; `nil` when there is none.
    func code(forTag tag: String) -> String? {
        let lowered = tag.lowercased()
        if let exact = catalogues.keys.first(where: { $0.lowercased() == lowered }) { return exact }
        guard let primary = lowered.split(whereSeparator: { $0 == "-" || $0 == "_" }).first else { return nil }
        return catalogues.keys.first { $0 == primary }
    }

    /// Our language that the client likes best (RFC 4647 §3.4, lookup); `nil` when it names none.
    func code(accepted field: String?) -> String? {
        for item in QualityList(field).items where item.quality > 0 {
            if item.value == "*" { return defaultCode }
            if let code = code(forTag: item.value) { return code }
        }
        return nil
    }
}

/// The texts of one language.
struct Catalogue: Sendable {
    let texts: [String: String]
    /// Every beginning of a key up to a point.
    let prefixes: Set<String>

    init(_ texts: [String: String]) {
        self.texts = texts
        var prefixes: Set<String> = []
        for key in texts.keys {
            for index in key.indices where key[index] == "." { prefixes.insert(String(key[...index])) }
        }
        self.prefixes = prefixes
    }
}
