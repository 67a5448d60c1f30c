// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Sluice

/// An application with models, for tests that start it as a process, end it, and look at its databases.
@main
struct Shop: SluiceApplication {
    static let commands: [any ParsableCommand.Type] = [Sell.self]

    @Option(help: "Which of its two forms the models have.")
    var form = 1

    @Flag(help: "Accounts are in the database 'users'.")
    var split = false

    var plugins: [any Plugin] { [Stock(form: form, isSplit: split), Health()] }
}

/// Its models.
struct Stock: Plugin {
    let name = "stock"
    let form: Int
    let isSplit: Bool

    func contribute(to contributions: inout Contributions) {
        contributions.add(to: .models) {
            Account.self
            Sale.self
        }
        if form > 1 { contributions.add(Note.self, to: .models) }
        if isSplit { contributions.add(Accounts(), to: .databaseRouters) }
        contributions.add(
            DataStep("hang") { _ in
                print("in the step")
                fflush(nil)
                try await Task.sleep(for: .seconds(3_600))
            }, to: .dataSteps)
        contributions.add(to: .routes) {
            Route("/sales/") { _ in try .json(["count": try await Sale.objects.count()]) }
        }
    }
}

/// Accounts are elsewhere than sales.
struct Accounts: DatabaseRouter {
    private func isAccount(_ model: ModelSchema) -> Bool { model.declaration.app == "accounts" }

    func databaseForRead(_ model: ModelSchema) -> String? { isAccount(model) ? "users" : nil }
    func databaseForWrite(_ model: ModelSchema) -> String? { isAccount(model) ? "users" : nil }
    func allowsMigration(_ model: ModelSchema, on database: String) -> Bool? {
        (database == "users") == isAccount(model)
    }
}

/// `sell`: makes two rows in each transaction, and says so when it is committed.
struct Sell: AsyncParsableCommand {
    @OptionGroup var app: Shop
    @OptionGroup var site: SiteOptions
    @Option var count = 10_000

    func run() async throws {
        let (_, state) = try app.prepare(site)
        guard let databases = state.databases else { throw SettingError("no database") }
        try await databases.createTables()
        try await databases.run {
            for number in 1...count {
                try await databases.main.transaction {
                    _ = try await Sale.objects.create(Sale(number: number, side: "debit"))
                    _ = try await Sale.objects.create(Sale(number: number, side: "credit"))
                }
                print("sold \(number)")
                fflush(nil)
            }
        }
        await databases.close()
    }
}
