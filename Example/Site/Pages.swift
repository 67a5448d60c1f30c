// SPDX-License-Identifier: Apache-2.0

import Sluice

/// What every page stands on: templates, languages, static files, and the middleware that keeps browsers safe.
struct Pages: Plugin {
    let name = "pages"
    let allowedHosts: [String]

    func contribute(to contributions: inout Contributions) {
        // Lower orders stand further out. Authentication is an order of its own, between hosts and forms.
        contributions.add(to: .middleware) {
            // Error pages are pages too: they get the security headers, and the reader's language.
            MiddlewareContribution(SecurityHeaders(), order: 10)
            MiddlewareContribution(LocaleMiddleware(), order: 20)
            MiddlewareContribution(ErrorPages(), order: 30)
            MiddlewareContribution(AllowedHosts(allowedHosts), order: 40)
            // Programs send no Origin; they still need a session.
            MiddlewareContribution(OriginValidator(allowsMissing: true), order: 60)
            MiddlewareContribution(CSRF(), order: 70)
            // Behind the authentication, so that pages of what a view throws know who is signed in.
            MiddlewareContribution(ErrorPages(), order: 80)
        }
        contributions.add(to: .routes) {
            Route("/", Home())
        }
        // Where the files are missing, the hook below stops the server before anyone asks for them.
        let root = (try? ResourceFolders())?.root ?? "."
        contributions.add(to: .routes) {
            Mount("/static/sluice", application: StaticFiles(root + "/Templates/static"))
            Mount("/static", application: StaticFiles(root + "/Example/Static"))
        }
        contributions.add(
            LifespanHook { state in
                let folders = try ResourceFolders()
                state[Templates.self] = try MustacheTemplates(
                    folders: state[TemplateSearch.self].folders(
                        project: TemplateFolder(try folders.folder("Example/Templates")),
                        framework: TemplateFolder(try folders.folder("Templates"))),
                    isReloading: state[DevelopmentMode.self])
                state[Locales.self] = try Locales(folders: [try folders.folder("Example/Locale")])
            }, to: .lifespan)
    }
}
