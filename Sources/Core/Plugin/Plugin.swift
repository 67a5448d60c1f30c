// SPDX-License-Identifier: Apache-2.0

/// A part of an application that is added by naming it: Django's app in INSTALLED_APPS, checked by the compiler.
///
/// It contributes routes, middleware, commands and whatever else a target of Sluice or another plug-in has a
/// ``ContributionKey`` for.
public protocol Plugin: Sendable {
    /// The name, unique in an application; others require it by this name.
    var name: String { get }

    /// The names of the plug-ins that must be listed before this one. Default: none.
    var requires: [String] { get }

    /// Adds what this plug-in brings; called once, when the application is put together.
    func contribute(to contributions: inout Contributions)
}

extension Plugin {
    /// Nothing.
    public var requires: [String] { [] }
}
