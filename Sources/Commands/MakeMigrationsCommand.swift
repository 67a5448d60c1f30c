// SPDX-License-Identifier: Apache-2.0

#if Models
import ArgumentParser
import Foundation
import SluiceCore
import SluiceModels

/// `make-migrations`: writes what has changed in the models since the last migration as the next one.
struct MakeMigrationsCommand<App: SluiceApplication>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "make-migrations", abstract: "Write a migration of what has changed in the models.",
            discussion: """
                The file lists the steps, and for review what they become on each database; no database is asked. Dropped \
                tables and columns want --allow-drop; other names are said by formerTable and formerColumn in the \
                declarations. With --check nothing is written, and the exit status is 1 if something has changed.
                """)
    }

    @OptionGroup var app: App
    @OptionGroup var options: MigrationOptions

    @Option(help: "What stands behind the number in the file's name; default: what it does.")
    var name: String?

    @Flag(help: "Allow tables and columns to be dropped with all that is in them.")
    var allowDrop = false

    @Flag(help: "Write a migration without steps, for some of your own.")
    var empty = false

    @Flag(help: "Only say whether a migration is missing.")
    var check = false

    func validate() throws {
        if let name, name.isEmpty || !name.utf8.allSatisfy({ $0 == 0x5F || Character(Unicode.Scalar($0)).isASCIIWord })
        {
            throw ValidationError("--name has letters, digits and _ only")
        }
        if empty, check { throw ValidationError("--empty and --check do not go together") }
    }

    func run() async throws {
        let schema = try PluginRegistry(app.plugins).schema()
        var history = try options.history(of: app)
        let next: Migration?
        do {
            next = try history.next(schema, name: name, allowsDrops: allowDrop || check, isEmpty: empty)
        } catch {
            throw SettingError("\(error)")
        }
        guard let next else { return print("no changes") }
        for operation in next.operations { print("  \(operation)") }
        guard !check else {
            throw SettingError("the models have changed since the last migration: run make-migrations")
        }
        try history.append(next)
        let folder = options.folder(of: app)
        try history.writeLast(to: folder)
        print("\(folder)/\(next.name).json")
    }
}

extension Character {
    fileprivate var isASCIIWord: Bool { isASCII && (isLetter || isNumber) }
}
#endif
