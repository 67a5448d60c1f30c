// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import SluiceCore

/// An application: a list of plug-ins (Django's `INSTALLED_APPS`), with the commands that run it.
///
/// ```swift
/// @main struct Site: SluiceApplication {
///     var plugins: [any Plugin] { [Chat(), Approval()] }
/// }
/// ```
/// The executable has the commands `serve`, `routes` and `check`. Options that the application declares with
/// ArgumentParser's `@Option` and `@Flag` belong to all of them and can be read in ``plugins``.
public protocol SluiceApplication: ParsableArguments, Sendable {
    /// The plug-ins in order; each stands behind those that it requires.
    var plugins: [any Plugin] { get }

    /// One line about the application, for `--help`. Default: none.
    static var abstract: String { get }

    /// Further commands of the executable. Default: none.
    static var commands: [any ParsableCommand.Type] { get }
}

extension SluiceApplication {
    /// No abstract.
    public static var abstract: String { "" }

    /// No further commands.
    public static var commands: [any ParsableCommand.Type] { [] }

    /// Runs the command that the arguments name.
    public static func main() async {
        await ApplicationCommand<Self>.main()
    }
}

/// The root of an application's commands.
struct ApplicationCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "\(App.self)", abstract: App.abstract,
            subcommands: [ServeCommand<App>.self, RoutesCommand<App>.self, CheckCommand<App>.self] + App.commands)
    }
}
