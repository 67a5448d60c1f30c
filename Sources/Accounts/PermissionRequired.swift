// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore
public import SluiceWeb

/// A user who may do some things and not others.
public protocol PermittedUser: User {
    /// Whether the user may do something (Django's `has_perm`).
    func may(_ permission: String) async throws -> Bool
}

extension Account: PermittedUser {}

/// Lets users pass who may do something (Django's `permission_required`), views and consumers alike. Stands behind an
/// authentication middleware.
///
/// Who has not signed in is treated as by ``SluiceWeb/SignInRequired``; others get 403 `permission_required`.
public struct PermissionRequired: PreparingMiddleware {
    private let permissions: [String]
    private let signIn: SignInRequired

    /// Asks for all of these permissions.
    public init(_ permissions: String..., signInPath: String = "/login/") {
        self.permissions = permissions
        signIn = SignInRequired(signInPath: signInPath)
    }

    /// Who has not signed in need not be asked about.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        guard !scope.user.isAuthenticated else { return nil }
        return try signIn.prepare(scope: &scope, receive: &receive, send: &send, next: next)
    }

    /// Asks whether the user may.
    public func prepareAfterWaiting<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) async throws -> (any Application<Kind>)? {
        let user = scope.user as? any PermittedUser
        for permission in permissions {
            guard try await user?.may(permission) == true else {
                return try refusal(
                    HTTPError(.forbidden, code: "permission_required", "'\(scope.user.name)' lacks \(permission)"))
            }
        }
        return next
    }
}
