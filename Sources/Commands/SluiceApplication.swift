// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Foundation
public import SluiceCore
public import SluiceServer

/// An application: a list of plug-ins (Django's `INSTALLED_APPS`), with the commands that run it.
///
/// ```swift
/// @main struct Site: SluiceApplication {
///     var plugins: [any Plugin] { [Chat(), Approval()] }
/// }
/// ```
/// The executable has the commands `serve`, `worker`, `routes` and `check`, with the trait `Models` also `make-migrations`,
/// `migrate` and `inspect-db`. Options that the application declares with
/// ArgumentParser's `@Option` and `@Flag` belong to all of them and can be read in ``plugins``.
public protocol SluiceApplication: ParsableArguments, Sendable {
    /// The plug-ins in order; each stands behind those that it requires.
    var plugins: [any Plugin] { get }

    /// URLs of channel layers by alias (Django's `CHANNEL_LAYERS`); `--channel-layer` and `SLUICE_CHANNEL_LAYER` stand over
    /// those of the same alias, and add others. Default: `memory:` under `default`.
    var channelLayers: [String: String] { get }

    #if Models
    /// URLs of databases by alias (Django's `DATABASES`); `--database` and `SLUICE_DATABASE` stand over those of the same
    /// alias, and add others. Default: none.
    var databases: [String: String] { get }

    /// The folder of the migrations; `--migrations` and `SLUICE_MIGRATIONS` stand over it. Default: `Migrations`.
    var migrations: String { get }
    #endif

    /// The limits and time-outs of `serve`; what has an option of its own there is set by the option. Default: the
    /// server's defaults.
    var serverConfiguration: ServerConfiguration { get }

    /// Called once by `serve`, after its `listening on …` lines: a place to print what to try. Default: nothing.
    ///
    /// - Parameter addresses: the listeners, such as `https://127.0.0.1:8443`.
    func serving(on addresses: [String])

    /// One line about the application, for `--help`. Default: none.
    static var abstract: String { get }

    /// Further commands of the executable. Default: none.
    static var commands: [any ParsableCommand.Type] { get }
}

extension SluiceApplication {
    /// One layer, in memory.
    public var channelLayers: [String: String] { ["default": "memory:"] }

    #if Models
    /// None.
    public var databases: [String: String] { [:] }

    /// A folder below the working directory.
    public var migrations: String { "Migrations" }
    #endif

    /// The server's defaults.
    public var serverConfiguration: ServerConfiguration { ServerConfiguration() }

    /// Nothing more.
    public func serving(on addresses: [String]) {}

    /// No abstract.
    public static var abstract: String { "" }

    /// No further commands.
    public static var commands: [any ParsableCommand.Type] { [] }

    /// Runs the command that the arguments name.
    @concurrent  // `@main` takes no function that runs on its caller's executor, which is the default in this package.
    public static func main() async {
        await ApplicationCommand<Self>.main()
    }
}

/// The root of an application's commands.
struct ApplicationCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        var commands: [any ParsableCommand.Type] = [
            ServeCommand<App>.self, WorkerCommand<App>.self, RoutesCommand<App>.self, CheckCommand<App>.self,
        ]
        #if Models
        commands += [MakeMigrationsCommand<App>.self, MigrateCommand<App>.self, InspectCommand<App>.self]
        #endif
        return CommandConfiguration(
            commandName: ProcessInfo.processInfo.processName, abstract: App.abstract,
            subcommands: commands + App.commands)
    }
}
