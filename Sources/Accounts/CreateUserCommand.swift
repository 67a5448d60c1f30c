// SPDX-License-Identifier: Apache-2.0

#if Models
public import ArgumentParser
import Foundation
public import SluiceCommands
import SluiceCore
import SluiceModels

/// `create-user NAME`: makes a user in the application's ``UserBackend`` (Django's `createsuperuser`). The password is asked for, or read from standard
/// input where that is no terminal.
public struct CreateUserCommand<App: SluiceApplication>: AsyncParsableCommand {
    /// Name and help.
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "create-user", abstract: "Make a user; the password is read from standard input.")
    }

    @Argument(help: "The user's name.")
    var name: String

    @Option(help: "The user's address.")
    var email = ""

    @Flag(help: "The user may do everything.")
    var superuser = false

    @OptionGroup var app: App
    @OptionGroup var site: SiteOptions

    /// A command.
    public init() {}

    /// Makes the user.
    public func run() async throws {
        let (registry, state) = try app.prepare(site)
        guard let backend = registry.values(for: .userBackend).first else {
            throw ValidationError("this application has no accounts")
        }
        guard let databases = state.databases else {
            throw ValidationError("this application has no database")
        }
        guard let password = Self.readPassword() else { throw ValidationError("there is no password") }
        do {
            try await databases.connect()
            _ = try await databases.run {
                try await backend.create(name, password: password, email: email, isSuperuser: superuser)
            }
            await databases.close()
        } catch {
            await databases.close()
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode.failure
        }
        print("made user \(name)")
    }

    private static func readPassword() -> String? {
        guard isatty(STDIN_FILENO) == 1 else { return readLine() }
        return getpass("Password: ").map { String(cString: $0) }
    }
}
#endif
