// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser

/// What every application of the framework is configured with beside its listeners.
public struct SiteOptions: ParsableArguments, Sendable {
    /// The channel layers.
    @Option(
        help: """
            Channel layer: an URL, such as memory:, for the default one, or ALIAS=URL; repeatable \
            (SLUICE_CHANNEL_LAYER, with spaces between several; default memory:).
            """)
    public var channelLayer: [String] = []

    #if Models
    /// The databases.
    @Option(
        help: """
            Database: an URL, such as sqlite:PATH or postgresql://USER@HOST/NAME, for the default one, or ALIAS=URL; \
            repeatable (SLUICE_DATABASE, with spaces between several).
            """)
    public var database: [String] = []
    #endif

    /// The file of the signing key.
    @Option(help: "File of the signing key, made with mode 0600 (SLUICE_SECRET_FILE, default .data/secret).")
    public var secretFile: String?

    /// Whether pages tell more than a visitor should know.
    @Flag(help: "Read templates again when they change, and show errors with their causes. Never in public.")
    public var development = false

    /// The defaults.
    public init() {}

    /// Checks how layers and databases are named.
    public func validate() throws {
        do {
            _ = try ChannelLayerSettings(channelLayer)
            #if Models
            _ = try DatabaseSettings(databaseURLs)
            #endif
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// Which layers there are: what an application says, over it the environment, over it the command line.
    func channelLayers(over defaults: [String: String]) throws(SettingError) -> ChannelLayerSettings {
        var settings = ChannelLayerSettings()
        settings.urls.merge(defaults) { $1 }
        let variable = Environment.text("SLUICE_CHANNEL_LAYER")?.split(separator: " ").map(String.init) ?? []
        settings.urls.merge(try ChannelLayerSettings.urls(in: variable)) { $1 }
        settings.urls.merge(try ChannelLayerSettings.urls(in: channelLayer)) { $1 }
        return settings
    }

    #if Models
    /// What was given as a database and is an URL.
    private var databaseURLs: [String] { database.filter { $0.contains(":") || $0.contains("=") } }

    /// What was given as a database and is only its alias: which ones a command is about.
    public var databaseAliases: [String] { database.filter { !$0.contains(":") && !$0.contains("=") } }

    /// Which databases there are: what an application says, over it the environment, over it the command line.
    func databases(over defaults: [String: String]) throws(SettingError) -> DatabaseSettings {
        var settings = DatabaseSettings()
        settings.urls = defaults
        let variable = Environment.text("SLUICE_DATABASE")?.split(separator: " ").map(String.init) ?? []
        settings.urls.merge(try DatabaseSettings(variable).urls) { $1 }
        settings.urls.merge(try DatabaseSettings(databaseURLs).urls) { $1 }
        if let unknown = databaseAliases.first(where: { settings.urls[$0] == nil }) {
            throw SettingError("'\(unknown)' is neither the URL nor the alias of a database")
        }
        return settings
    }
    #endif

    var secretPath: String { secretFile ?? Environment.text("SLUICE_SECRET_FILE") ?? ".data/secret" }
}
