// SPDX-License-Identifier: Apache-2.0

import Foundation
import SluiceChannelLayers
public import SluiceCore
import SluiceWeb

extension SluiceApplication {
    /// Puts the application together without serving it: what every command of an application begins with.
    ///
    /// ```swift
    /// struct Announce: AsyncParsableCommand {
    ///     @OptionGroup var app: Site
    ///     @OptionGroup var site: SiteOptions
    ///     func run() async throws {
    ///         let (_, state) = try app.prepare(site)
    ///         try await state.channelLayer().groupSend("news", Announcement())
    ///     }
    /// }
    /// ```
    /// - Parameter site: which channel layers, which databases and which signing key.
    /// - Returns: the plug-ins with their contributions, and the state that lifespan hooks begin with: signing keys, the
    ///   channel layers by alias, the databases (not connected yet), the plug-ins' templates.
    /// - Throws: ``PluginError``, ``SettingError`` or ``SecretFileError``, one line each.
    public func prepare(
        _ site: SiteOptions, clock: any TimeSource = SystemTime()
    ) throws -> (registry: PluginRegistry, state: LifespanState) {
        let registry = try PluginRegistry(plugins)
        var state = LifespanState()
        state[SecretKeys.self] = try site.secretKeys()
        try site.channelLayers(over: channelLayers).makeLayers(registry, clock: clock, in: &state)
        #if Models
        state.databases = try site.databases(over: databases).databases(registry, clock: clock)
        #endif
        state[TemplateSearch.self] = TemplateSearch(registry)
        state[DevelopmentMode.self] = site.development
        return (registry, state)
    }
}

extension SiteOptions {
    fileprivate func secretKeys() throws -> SecretKeys {
        let folder = (secretPath as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw SettingError("cannot make the folder '\(folder)' for the secret: \(error.localizedDescription)")
            }
        }
        return try SecretKeys(file: secretPath)
    }
}
