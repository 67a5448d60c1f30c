// SPDX-License-Identifier: Apache-2.0

import SluiceCore
public import SluiceCrypto
import SluiceModels
public import SluiceWeb

/// Users in the table of ``Account``s.
public struct AccountBackend: UserBackend {
    /// Threads for hashing alone, and few: each hash takes 16 MiB, and other blocking calls need not wait behind them.
    private static let hashing = BlockingPool(threads: 4, waiting: 1_000)

    private let rule: PasswordRule
    private let cost: PasswordHash.Cost

    /// Users whose new passwords follow a rule, and are hashed at a cost.
    public init(rule: PasswordRule = PasswordRule(), cost: PasswordHash.Cost = .standard) {
        self.rule = rule
        self.cost = cost
    }

    /// The active account of this name.
    public func user(named name: String) async throws -> (any User)? {
        try await Account.objects.filter { $0.name == name && $0.isActive == true }.first()
    }

    /// Checks a password on a thread of its own, since that takes long by design. A hash of an older kind is replaced.
    public func authenticate(_ name: String, password: String) async throws -> (any User)? {
        let account = try await Account.objects.filter { $0.name == name }.first()
        let kept = PasswordHash(encoded: account?.password ?? "")
        let outcome = try await Self.hashing.run { [cost] in kept.check(password, cost: cost) }
        guard var account, account.isActive, outcome != .wrong else { return nil }
        if outcome == .outdated { account.password = try await hash(password) }
        account.lastSignIn = try now()
        try await account.save()
        return account
    }

    /// Makes an account.
    ///
    /// - Throws: ``AccountError`` for a name or a password that is none, or a name that is taken.
    public func create(
        _ name: String, password: String, email: String = "", isSuperuser: Bool = false
    ) async throws -> any User {
        try UserName.check(name)
        try rule.check(password, for: name)
        var account = Account(name: name, email: email, password: try await hash(password), joined: try now())
        (account.isStaff, account.isSuperuser) = (isSuperuser, isSuperuser)
        do {
            return try await Account.objects.create(account)
        } catch let error as ModelError where error.code == .integrity {
            throw AccountError.nameTaken
        }
    }

    /// Gives an account another password; all of its sessions end.
    ///
    /// - Throws: ``AccountError/weakPassword``.
    public func setPassword(_ password: String, of account: inout Account) async throws {
        try rule.check(password, for: account.name)
        account.password = try await hash(password)
        try await account.save()
    }

    /// Gives an account another password if nobody else has done so meanwhile; all of its sessions end.
    ///
    /// - Returns: whether nobody has.
    /// - Throws: ``AccountError/weakPassword``.
    func replacePassword(of account: Account, with password: String) async throws -> Bool {
        try rule.check(password, for: account.name)
        let (id, before, kept) = (account.id, account.password, try await hash(password))
        return try await Account.objects.filter { $0.id == id && $0.password == before }.update {
            $0.password.set(to: kept)
        } == 1
    }

    /// A password as accounts keep it. It takes a thread of its own for a while.
    public func hash(_ password: String) async throws -> String {
        try await Self.hashing.run { [cost] in try PasswordHash(password, cost: cost) }.encoded
    }

    private func now() throws -> Timestamp { try Databases.required().main.now }
}

extension Account {
    /// Changes with the password, and tells nothing of it.
    public var sessionProof: String { Base64URL.encode(SHA256.hash("sluice.session:" + password)) }
}
