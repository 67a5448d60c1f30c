// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

/// Where templates are looked for, the first folder first: project, plug-ins in the order of their list (Django's
/// `APP_DIRS` in the order of `INSTALLED_APPS`), framework. So a project replaces a plug-in's page, a plug-in the
/// framework's, by a file of the same name.
///
/// Plug-ins' folders are known when all plug-ins have contributed; a command puts them into the first lifespan hook's
/// state with `state[TemplateSearch.self] = TemplateSearch(registry)`. It is its own key.
public struct TemplateSearch: LifespanStateKey, Sendable, Hashable {
    /// No plug-in has a folder.
    public static var defaultValue: Self { Self([]) }

    /// The plug-ins' folders.
    public let pluginFolders: [TemplateFolder]

    /// Folders of plug-ins, in their order.
    public init(_ pluginFolders: [TemplateFolder]) {
        self.pluginFolders = pluginFolders
    }

    /// What plug-ins have contributed to `templateFolders`.
    public init(_ registry: PluginRegistry) {
        self.init(registry.values(for: .templateFolders))
    }

    /// All folders in order.
    ///
    /// - Parameters:
    ///   - project: The project's own folder.
    ///   - framework: The folder with the framework's `pages`.
    public func folders(project: TemplateFolder? = nil, framework: TemplateFolder? = nil) -> [TemplateFolder] {
        [project].compactMap(\.self) + pluginFolders + [framework].compactMap(\.self)
    }
}
