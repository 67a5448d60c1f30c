// SPDX-License-Identifier: Apache-2.0

import Sluice

/// Who is who: the session cookie, and the pages to sign in and out.
struct Accounts: Plugin {
    let name = "accounts"
    let requires = ["pages"]
    /// `nil`: nobody can sign in, and sessions of earlier days count for nothing.
    let users: DemoUsers?

    func contribute(to contributions: inout Contributions) {
        let users = users
        contributions.add(to: .middleware) {
            MiddlewareContribution(Sessions { try CookieSessions($0[SecretKeys.self]) }, order: 40)
            MiddlewareContribution(Authentication { name, _ in users?.user(named: name) }, order: 50)
        }
        contributions.add(to: .routes) {
            Route("/login/", SignIn(users: users), name: "login")
            Route("/logout/", SignOut(), name: "logout")
        }
    }
}
