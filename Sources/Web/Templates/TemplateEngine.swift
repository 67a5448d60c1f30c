// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Makes pages from templates: the seam behind which an engine can be replaced.
public protocol TemplateEngine: Sendable {
    /// Whether there is a template of this name.
    func contains(_ name: String) -> Bool

    /// Fills a template in. Values are escaped for the template's content type unless the template says otherwise.
    ///
    /// - Parameters:
    ///   - name: The path below the template folder with its extension: `chat/room.html`.
    ///   - values: Texts, numbers, truth values, arrays, dictionaries and structs of such; and ``TemplateHelper``, for
    ///     the sections of their names.
    /// - Throws: ``TemplateError``.
    func render(_ name: String, _ values: [String: any Sendable]) throws -> String
}

/// The application's template engine in the state: `state[Templates.self] = try MustacheTemplates(…)`.
public enum Templates: LifespanStateKey {
    /// None, until the application has put one in.
    public static var defaultValue: (any TemplateEngine)? { nil }
}

/// Why a template could not be loaded or filled in.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public struct Code: Sendable, Hashable {
        enum Value: Sendable { case notFound, malformed, unreadable, tooLarge, noEngine, badArguments }

        let value: Value

        /// No folder has a template of this name.
        public static let notFound = Self(value: .notFound)
        /// The template breaks the rules of its language.
        public static let malformed = Self(value: .malformed)
        /// A file or folder that cannot be read.
        public static let unreadable = Self(value: .unreadable)
        /// A file over its limit, or folders that are too deep.
        public static let tooLarge = Self(value: .tooLarge)
        /// A helper that there is not, or that was given what it does not take.
        public static let badArguments = Self(value: .badArguments)
        /// The application's state has no template engine.
        public static let noEngine = Self(value: .noEngine)
    }

    /// The kind of failure.
    public let code: Code
    /// What failed and where, for the log.
    public let description: String

    /// A failure with its explanation.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
