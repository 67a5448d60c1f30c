// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The pages to sign in and out.
struct SignInPages: Plugin {
    let name = "sign-in"
    let requires = ["pages", "accounts"]

    func contribute(to contributions: inout Contributions) {
        contributions.add(to: .routes) {
            Route("/login/", SignIn(), name: "login")
            Route("/logout/", SignOut(), name: "logout")
        }
    }
}
