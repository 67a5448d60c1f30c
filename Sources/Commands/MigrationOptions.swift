// SPDX-License-Identifier: Apache-2.0

#if Models
public import ArgumentParser
public import SluiceCore
public import SluiceModels

/// Where the migrations of an application are.
public struct MigrationOptions: ParsableArguments, Sendable {
    /// The folder of the files.
    @Option(help: "Folder of the migrations (SLUICE_MIGRATIONS, default: the application's own).")
    public var migrations: String?

    /// The default.
    public init() {}

    func folder(of app: some SluiceApplication) -> String {
        migrations ?? Environment.text("SLUICE_MIGRATIONS") ?? app.migrations
    }

    /// The migrations of an application; throws ``SettingError``.
    func history(of app: some SluiceApplication) throws(SettingError) -> MigrationHistory {
        do {
            return try MigrationHistory(folder: folder(of: app))
        } catch {
            throw SettingError("\(error)")
        }
    }
}

extension ContributionKey where Value == DataStep {
    /// Steps of migrations that are an application's own, by name.
    public static var dataSteps: Self { Self("data step") { $0.name } }
}

extension PluginRegistry {
    /// The models of all plug-ins; throws ``SettingError``.
    func schema() throws(SettingError) -> Schema {
        do {
            return try Schema(values(for: .models).map { $0.declaration })
        } catch {
            throw SettingError("\(error)")
        }
    }
}
#endif
