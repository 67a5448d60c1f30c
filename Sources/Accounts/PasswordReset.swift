// SPDX-License-Identifier: Apache-2.0

#if Models
import HTTPTypes
import Logging
import SluiceCore
import SluiceModels
public import SluiceWeb
import Synchronization

/// Lets users who have forgotten their password choose another one, by a letter to their address (Django's
/// `PasswordResetView` and what belongs to it). The pages are the application's own.
///
/// ```swift
/// try await request.sendPasswordReset(to: form["email"] ?? "") { account, token in
///     try MailMessage(to: [account.email], from: "site@…", subject: "…", body: "https://site.example/reset/\(token)/")
/// }
/// // …and behind that address:
/// guard try await request.resetPassword(to: new, token: token) else { /* the link is over */ }
/// ```
public struct PasswordReset: Sendable {
    /// Accounts of one address that get a letter at most.
    static let accountLimit = 10
    /// Letters that are on their way at most; over it 503.
    static let letterLimit = 100

    /// How long a token is good. Default 3 days (`PASSWORD_RESET_TIMEOUT`).
    public var age = Duration.seconds(259_200)
    /// How often a reset may be asked for: of one address of mail, and from one of the network. Default 3 and 20 an hour.
    public var attempts = SignInAttempts(limitByName: 3, limitByAddress: 20, window: .seconds(3_600))
    let letters = LettersUnderWay()

    /// The defaults.
    public init() {}

    /// Counts the letters that are being sent.
    final class LettersUnderWay: Sendable {
        private let count = Atomic<Int>(0)

        func begin() -> Bool {
            guard count.wrappingAdd(1, ordering: .relaxed).newValue <= PasswordReset.letterLimit else {
                end()
                return false
            }
            return true
        }

        func end() { count.wrappingSubtract(1, ordering: .relaxed) }
    }
}

extension Request {
    /// Sends a letter with a token to each active account with this address, if there is one. Neither the answer nor its
    /// time tells whether there is: the letters are looked up, written and sent after this has returned.
    ///
    /// - Parameter letter: writes the letter; called once for each account, later. The token can stand in an address.
    /// - Throws: ``SluiceWeb/HTTPError`` 429 `too_many_attempts`, for an address without an account too; 503 when too many
    ///   letters are on their way; 500 `no_accounts`, `no_mailer`, `no_secret`.
    public func sendPasswordReset(
        to email: String, letter: @escaping @Sendable (_ account: Account, _ token: String) throws -> MailMessage
    ) async throws {
        let reset = try passwordReset
        guard let mailer = app[MailerKey.self] else {
            throw HTTPError(
                .internalServerError, code: "no_mailer", "there is no mailer: set state[MailerKey.self] at start")
        }
        let tokens = try PasswordResetTokens(app[SecretKeys.self])
        let clock = scope.connection.clock
        guard reset.attempts.begin(email.lowercased(), from: scope.client?.host ?? "", at: clock.monotonic) else {
            throw HTTPError(.tooManyRequests, code: "too_many_attempts", headers: [.retryAfter: "3600"])
        }
        guard email.utf8.count <= 254, reset.letters.begin() else {
            throw HTTPError(.serviceUnavailable, code: "too_many_letters", "too many letters are on their way")
        }
        let logger = logger
        // Not awaited: how long it takes depends on whether there is an account.
        Task {
            defer { reset.letters.end() }
            do {
                let found = Account.objects.filter { $0.email.iexact(email) && $0.isActive == true }
                // A database may take other letters for the same: to whom a letter goes is decided here.
                let accounts = try await found[..<PasswordReset.accountLimit].fetch().filter {
                    $0.hasPassword && $0.email.lowercased() == email.lowercased()
                }
                for account in accounts {
                    try await mailer.send(try letter(account, tokens.make(for: account, at: clock.now.seconds)))
                }
            } catch {
                logger.error("a letter for another password was not sent", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Whose token it is, while it is good: for the page that asks for the new password.
    ///
    /// - Throws: ``SluiceWeb/HTTPError`` 500 `no_accounts`, `no_secret`; what the database throws.
    public func account(forResetToken token: String) async throws -> Account? {
        let reset = try passwordReset
        let tokens = try PasswordResetTokens(app[SecretKeys.self])
        guard let (id, _, _) = PasswordResetTokens.parse(token),
            let account = try await Account.objects.filter({ $0.id == id && $0.isActive == true }).first(),
            account.hasPassword,
            tokens.isValid(token, for: account, at: scope.connection.clock.now.seconds, age: reset.age)
        else { return nil }
        return account
    }

    /// Gives the token's account another password, once; all of its sessions end.
    ///
    /// - Returns: whether the token was good. Of two who use it at once one gets `true`.
    /// - Throws: ``AccountError/weakPassword``; ``SluiceWeb/HTTPError`` 500 `no_accounts`, `no_secret`; what the database
    ///   throws.
    public func resetPassword(
        to password: String, token: String, backend: AccountBackend = AccountBackend()
    ) async throws -> Bool {
        guard let account = try await account(forResetToken: token) else { return false }
        return try await backend.replacePassword(of: account, with: password)
    }

    private var passwordReset: PasswordReset {
        get throws(HTTPError) {
            guard let reset = app[SignInService.Key.self]?.reset else {
                throw HTTPError(.internalServerError, code: "no_accounts", "the plug-in Accounts is not there")
            }
            return reset
        }
    }
}

extension Account {
    /// Whether the account has a password that can be given again; those without one sign in elsewhere.
    var hasPassword: Bool { !password.isEmpty && !password.hasPrefix("!") }
}
#endif
