// SPDX-License-Identifier: Apache-2.0

#if Models
import HTTPTypes
import SluiceCommands
public import SluiceCore
import SluiceModels
public import SluiceWeb

/// Users, groups, permissions and sessions in the database: the plug-in `accounts`.
///
/// It brings the models, ``Sessions`` (middleware order 40) and ``Authentication`` (order 50). Pages to sign in are the
/// application's own; they call `request.authenticate` and `request.signIn`.
public struct Accounts: Plugin {
    /// `accounts`.
    public let name = "accounts"
    private let backend: any UserBackend
    private let settings: Sessions.Settings
    private let attempts: SignInAttempts
    private let reset: PasswordReset

    /// The plug-in.
    ///
    /// - Parameters:
    ///   - backend: where users come from.
    ///   - sessions: the cookie and its life.
    ///   - attempts: how many wrong passwords there may be.
    ///   - reset: how users who have forgotten their password come back.
    public init(
        backend: any UserBackend = AccountBackend(), sessions: Sessions.Settings = .init(),
        attempts: SignInAttempts = SignInAttempts(), reset: PasswordReset = PasswordReset()
    ) {
        self.backend = backend
        settings = sessions
        self.attempts = attempts
        self.reset = reset
    }

    /// Adds models and middleware.
    public func contribute(to contributions: inout Contributions) {
        contributions.add(to: .models) {
            Permission.self
            AccountGroup.self
            Account.self
            StoredSession.self
        }
        let service = SignInService(backend: backend, attempts: attempts, reset: reset)
        let backend = backend
        contributions.add(to: .middleware) {
            MiddlewareContribution(Sessions(DatabaseSessions(), settings: settings), order: 40)
            MiddlewareContribution(Authentication { name, _ in try await backend.user(named: name) }, order: 50)
        }
        contributions.add(backend, to: .userBackend)
        contributions.add(
            LifespanHook { state in state[SignInService.Key.self] = service }, to: .lifespan)
    }
}

extension ContributionKey where Value == any UserBackend {
    /// Where the users of the application come from; there is one.
    public static var userBackend: Self { Self("user backend") { _ in "users" } }
}

/// What signing in needs, found by requests.
struct SignInService: Sendable {
    enum Key: LifespanStateKey {
        static var defaultValue: SignInService? { nil }
    }

    let backend: any UserBackend
    let attempts: SignInAttempts
    let reset: PasswordReset
}

extension Request {
    /// The user of a name and a password; `nil` where they do not fit.
    ///
    /// - Throws: ``HTTPError`` 429 `too_many_attempts` after too many wrong passwords (``SignInAttempts``), 500
    ///   `no_accounts` without the plug-in; what the backend throws.
    public func authenticate(_ name: String, password: String) async throws -> (any User)? {
        guard let service = app[SignInService.Key.self] else {
            throw HTTPError(.internalServerError, code: "no_accounts", "the plug-in Accounts is not there")
        }
        let address = scope.client?.host ?? ""
        let now = scope.connection.clock.monotonic
        guard service.attempts.begin(name, from: address, at: now) else {
            throw HTTPError(.tooManyRequests, code: "too_many_attempts", headers: [.retryAfter: "60"])
        }
        guard let user = try await service.backend.authenticate(name, password: password) else { return nil }
        service.attempts.succeeded(name, from: address, begun: now)
        return user
    }
}
#endif
