// SPDX-License-Identifier: Apache-2.0

/// What is known of an object beyond its columns: whether it has a row, where, and what was loaded with it.
///
/// Two states are always equal, so that a model's own equality is about its columns.
public struct ModelState: Sendable, Hashable {
    /// Rare, so apart: most objects come from the main database and nothing was loaded with them.
    private final class Extra: Sendable {
        let database: String?
        let loaded: [String: any Sendable]
        init(database: String?, loaded: [String: any Sendable]) {
            self.database = database
            self.loaded = loaded
        }
    }

    /// Whether no row of a database is known for the object.
    public internal(set) var isNew = true
    private var extra: Extra?

    /// The state of a new object.
    public init() {}

    init(database: String?, loaded: [String: any Sendable]) {
        isNew = false
        if database != nil || !loaded.isEmpty { extra = Extra(database: database, loaded: loaded) }
    }

    /// The name of the database that it came from or went to; nil for the main one.
    public internal(set) var database: String? {
        get { extra?.database }
        set {
            let name = newValue == "default" ? nil : newValue
            guard name != extra?.database else { return }
            extra = Extra(database: name, loaded: extra?.loaded ?? [:])
        }
    }

    /// What was loaded with it, by the names of its relations.
    var loaded: [String: any Sendable] { extra?.loaded ?? [:] }

    /// Always true.
    public static func == (left: ModelState, right: ModelState) -> Bool { true }
    /// Nothing.
    public func hash(into hasher: inout Hasher) {}
}
