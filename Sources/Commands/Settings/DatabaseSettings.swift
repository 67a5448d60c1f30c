// SPDX-License-Identifier: Apache-2.0

#if Models
import Foundation
public import SluiceCore
public import SluiceModels

#if PostgreSQL
import SluicePostgreSQL
#endif
#if SQLite
import SluiceSQLite
#endif

/// Which databases an application has: an URL for each alias (Django's `DATABASES`).
public struct DatabaseSettings: Sendable, Hashable {
    /// URLs by alias.
    public var urls: [String: String] = [:]

    /// None.
    public init() {}

    /// From arguments as `--database` takes them: an URL for `default`, or `ALIAS=URL`.
    ///
    /// An alias has ASCII letters, digits, `-` and `_`, and does not begin with a digit.
    /// - Throws: ``SettingError`` for an alias that is none or comes twice, or an URL that is missing.
    public init(_ arguments: [String]) throws(SettingError) {
        urls = try AliasedURL.urls(in: arguments, of: "database")
    }

    /// The databases with the models of all plug-ins, not connected yet; nil where there is neither a model nor an URL.
    ///
    /// The folder of a SQLite file is made, with the mode 0700.
    /// - Throws: ``SettingError``, one line that names the alias and what is wrong with it.
    public func databases(
        _ registry: PluginRegistry, routers: [any DatabaseRouter] = [], clock: any TimeSource
    ) throws(SettingError) -> Databases? {
        let models = registry.values(for: .models)
        guard !urls.isEmpty else {
            guard let model = models.first else { return nil }
            throw SettingError("model \(model.label) has no database: give one by --database URL")
        }
        do {
            let schema = try Schema(models.map { $0.declaration })
            let databases = try Databases(
                urls, schema: schema, backends: registry.databaseBackends,
                routers: routers + registry.values(for: .databaseRouters),
                clock: { Timestamp(clock.now) })
            for database in databases.all { try Self.makeFolder(of: database) }
            return databases
        } catch {
            throw SettingError("\(error)")
        }
    }

    private static func makeFolder(of database: Database) throws {
        guard let url = database.location, url.scheme == "sqlite", url.rest != ":memory:" else { return }
        let folder = (String(url.rest) as NSString).deletingLastPathComponent
        guard !folder.isEmpty else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SettingError("cannot make the folder '\(folder)' for the database: \(error.localizedDescription)")
        }
    }
}

extension PluginRegistry {
    /// The kinds of databases that this executable has.
    public var databaseBackends: [DatabaseBackend] {
        var backends: [DatabaseBackend] = []
        #if SQLite
        backends.append(.sqlite)
        #endif
        #if PostgreSQL
        backends.append(.postgreSQL)
        #endif
        return backends + values(for: .databaseBackends)
    }
}

extension ContributionKey where Value == any Model.Type {
    /// The models of a plug-in, by label. A model stands behind those that it is a proxy of.
    public static var models: Self { Self("model") { $0.label } }
}

extension ContributionKey where Value == any DatabaseRouter {
    /// Who says which database a model's rows are in, in the order in which they are asked.
    public static var databaseRouters: Self { Self("database router") }
}

extension ContributionKey where Value == DatabaseBackend {
    /// Kinds of databases, by scheme.
    public static var databaseBackends: Self { Self("database backend") { $0.schemes.joined(separator: ", ") } }
}

extension Timestamp {
    /// A moment of the wall clock, to the microsecond.
    public init(_ time: WallTime) {
        self.init(microseconds: time.seconds * 1_000_000 + Int64(time.nanoseconds) / 1_000)
    }
}

private enum DatabasesKey: LifespanStateKey {
    static var defaultValue: Databases? { nil }
}

extension LifespanState {
    /// The databases of the application, which models are asked of in every task of it; nil where it has neither a
    /// model nor a database.
    public var databases: Databases? {
        get { self[DatabasesKey.self] }
        set {
            self[DatabasesKey.self] = newValue
            self[TaskLocalBindings.self].set(Databases.$current, to: newValue)
        }
    }
}
#endif
