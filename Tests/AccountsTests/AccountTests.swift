// SPDX-License-Identifier: Apache-2.0

import Sluice
import SluiceCrypto
import SluiceTesting
import Testing

/// The tables of the accounts in a database of their own.
func withAccounts(_ body: (AccountBackend) async throws -> Void) async throws {
    var settings = DatabaseSettings()
    settings.urls = ["default": "sqlite::memory:"]
    let registry = try PluginRegistry([Accounts()])
    let databases = try #require(try settings.databases(registry, clock: SystemTime()))
    try await databases.createTables()
    try await databases.run { try await body(AccountBackend(cost: .testing)) }
    await databases.close()
}

@Suite("Accounts", .timeLimit(.minutes(1)))
struct AccountTests {
    @Test("A user is made once, found by name, and signs in with the password alone")
    func users() async throws {
        try await withAccounts { backend in
            let made = try await backend.create("李雷", password: "correct horse", email: "a@b.example")
            #expect(made.name == "李雷" && made.isAuthenticated)
            await #expect(throws: AccountError.nameTaken) {
                _ = try await backend.create("李雷", password: "another one")
            }
            #expect(try await backend.authenticate("李雷", password: "correct horse")?.name == "李雷")
            #expect(try await backend.authenticate("李雷", password: "Correct horse") == nil)
            #expect(try await backend.authenticate("nobody", password: "correct horse") == nil)
            let account = try await Account.objects.get { $0.name == "李雷" }
            #expect(account.lastSignIn != nil && !account.password.contains("horse") && account.email == "a@b.example")
        }
    }

    @Test("Who is inactive neither signs in nor goes on", arguments: [true, false])
    func inactive(isActive: Bool) async throws {
        try await withAccounts { backend in
            _ = try await backend.create("user1", password: "correct horse")
            try await Account.objects.all().update { $0.isActive.set(to: isActive) }
            #expect((try await backend.authenticate("user1", password: "correct horse") != nil) == isActive)
            #expect((try await backend.user(named: "user1") != nil) == isActive)
        }
    }

    @Test("A hash of another cost is replaced at sign-in; another password ends the sessions")
    func upgrade() async throws {
        try await withAccounts { backend in
            let weak = "pbkdf2_sha256$1000$salty$9fQBzT0/tyieXlZ9OpOwaUb8qb4T0x65uVbQth0AdaQ="
            _ = try await Account.objects.create(
                Account(name: "user1", password: weak, joined: Timestamp(microseconds: 0)))
            let before = try await Account.objects.get { $0.name == "user1" }
            #expect(try await backend.authenticate("user1", password: "old") != nil)
            var after = try await Account.objects.get { $0.name == "user1" }
            #expect(after.password.hasPrefix("scrypt$") && after.sessionProof != before.sessionProof)
            try await backend.setPassword("a new password", of: &after)
            #expect(try await backend.authenticate("user1", password: "old") == nil)
            #expect(try await backend.authenticate("user1", password: "a new password") != nil)
        }
    }

    @Test(
        "Names and passwords that nobody may choose",
        arguments: [
            ("", "correct horse"), ("a b", "correct horse"), ("a<b>", "correct horse"), ("a\u{202e}b", "correct horse"),
            (String(repeating: "a", count: 151), "correct horse"), ("user1", "short"), ("user1", "12345678"),
            ("longusername", "LongUserName"), ("user1", String(repeating: "a", count: 4_097)),
        ])
    func refused(name: String, password: String) async throws {
        try await withAccounts { backend in
            await #expect(throws: AccountError.self) { _ = try await backend.create(name, password: password) }
            let count = try await Account.objects.count()
            #expect(count == 0)
        }
    }

    @Test("Permissions come by oneself, by groups, and all of them to superusers")
    func permissions() async throws {
        try await withAccounts { backend in
            for name in ["one", "two", "root"] {
                _ = try await backend.create(
                    name, password: "correct horse", email: "", isSuperuser: name == "root")
            }
            let one = try await Account.objects.get { $0.name == "one" }
            let two = try await Account.objects.get { $0.name == "two" }
            var root = try await Account.objects.get { $0.name == "root" }
            let decide = try await Permission.objects.create(Permission(name: "tickets.decide"))
            let deploy = try await Permission.objects.create(Permission(name: "tickets.deploy"))
            let leads = try await AccountGroup.objects.create(AccountGroup(name: "leads"))
            try await leads.permissions.add(decide)
            try await leads.users.add(one)
            try await two.permissions.add(deploy)
            #expect(try await one.allPermissions() == ["tickets.decide"])
            #expect(try await two.allPermissions() == ["tickets.deploy"])
            #expect(try await one.may("tickets.decide"))
            #expect(try await !one.may("tickets.deploy"))
            #expect(try await two.may("tickets.deploy"))
            #expect(try await root.may("anything"))
            #expect(try await one.isIn("leads"))
            #expect(try await !two.isIn("leads"))
            root.isActive = false
            #expect(try await !root.may("anything"))
        }
    }

    @Test("Attempts are counted by name and by address, taken back where they succeed, and forgotten in time")
    func attempts() {
        let attempts = SignInAttempts(limitByName: 3, limitByAddress: 5, window: .seconds(60))
        for second in 0..<3 { #expect(attempts.begin("user1", from: "::1", at: .seconds(second))) }
        #expect(!attempts.begin("user1", from: "::2", at: .seconds(10)))
        for second in 3..<5 { #expect(attempts.begin("user\(second)", from: "::1", at: .seconds(second))) }
        #expect(!attempts.begin("user9", from: "::1", at: .seconds(10)))
        #expect(attempts.begin("user9", from: "::2", at: .seconds(10)))
        attempts.succeeded("user4", from: "::1", begun: .seconds(4))
        #expect(attempts.begin("user9", from: "::1", at: .seconds(11)))
        #expect(!attempts.begin("user9", from: "::1", at: .seconds(12)))
        attempts.succeeded("user1", from: "::1", begun: .seconds(2))
        #expect(attempts.begin("user1", from: "::2", at: .seconds(13)))
        #expect(attempts.begin("user8", from: "::1", at: .seconds(64)))
    }

    @Test("Attempts at once are no way around the limit, and names of any length take the same room")
    func attemptsAtOnce() async {
        let attempts = SignInAttempts(limitByName: 10, limitByAddress: 1_000)
        let name = String(repeating: "a", count: 100_000)
        let allowed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { attempts.begin(name, from: "::1", at: .seconds(1)) } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(allowed == 10)
    }
}
