// SPDX-License-Identifier: Apache-2.0

public import SluiceCore

extension ContributionKey where Value == TemplateFolder {
    /// Folders of templates. Plug-ins come in their order, behind the project's own folder and before the framework's.
    public static var templateFolders: Self { Self("template folder") }
}

extension ContributionKey where Value == String {
    /// Folders of static files for ``StaticFiles``, searched in the order of plug-ins.
    public static var staticFolders: Self { Self("static folder") }

    /// Folders of catalogues for ``Locales``, searched in the order of plug-ins.
    public static var localeFolders: Self { Self("locale folder") }
}
