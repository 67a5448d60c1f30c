// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Templates")
struct TemplateTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func render(_ template: String, _ values: [String: any Sendable] = [:], name: String = "a.html") throws
        -> String
    {
        try folder.write(name, template)
        return try MustacheTemplates(folders: [TemplateFolder(folder.path)]).render(name, values)
    }

    @Test(
        "Values are escaped, in texts and in attributes, whatever character stands behind the mark",
        arguments: [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"), ("&amp;", "&amp;amp;"),
            ("\" onfocus=x", "&quot; onfocus=x"), ("' x", "&#39; x"),
            ("\"\u{301} onfocus=x", "&quot;\u{301} onfocus=x"),
            ("<\u{200d}b>", "&lt;\u{200d}b&gt;"), ("{{lang}} {{{x}}}", "{{lang}} {{{x}}}"), ("你好 🎉", "你好 🎉"),
        ])
    func escaping(text: String, escaped: String) throws {
        #expect(try render("<p title=\"{{v}}\">{{v}}</p>", ["v": text]) == "<p title=\"\(escaped)\">\(escaped)</p>")
        try folder.write("part.html", "{{v}}")
        #expect(try render("{{> part.html}}", ["v": text]) == escaped)
        #expect(try render("{{#list}}{{.}}{{/list}}", ["list": [text]]) == escaped)
        try folder.write("base.html", "[{{$body}}{{/body}}|{{v}}]")
        #expect(
            try render("{{<base.html}}\n{{$body}}{{v}}{{/body}}\n{{/base.html}}", ["v": text])
                == "[\(escaped)|\(escaped)]")
        #expect(try render("{{v}}", ["v": text], name: "a.txt") == text, "plain text is not HTML")
    }

    @Test("Sections, truth values, numbers, nested values and structs")
    func values() throws {
        struct Item: Sendable { var name: String; var price: Int? }
        let values: [String: any Sendable] = [
            "items": [Item(name: "a", price: 1), Item(name: "b", price: nil)], "yes": true, "no": false, "n": 3,
            "user": ["name": "user1"],
        ]
        #expect(try render("{{#items}}{{name}}={{price}};{{/items}}", values) == "a=1;b=;")
        #expect(
            try render("{{#yes}}y{{/yes}}{{#no}}n{{/no}}{{^no}}not{{/no}} {{n}} {{user.name}}{{x}}", values)
                == "ynot 3 user1")
    }

    @Test("The first folder that has a template wins: project, plug-in, framework")
    func folders() throws {
        let (plugin, framework) = (try TemporaryFolder(), try TemporaryFolder())
        try folder.write("a.html", "project")
        for name in ["a.html", "b.html"] { try plugin.write(name, "plugin") }
        for name in ["a.html", "b.html", "pages/c.html"] { try framework.write(name, "framework {{> a.html}}") }
        let templates = try MustacheTemplates(
            folders: [
                TemplateFolder(folder.path), TemplateFolder(plugin.path), TemplateFolder(framework.path), "/no/such",
            ])
        #expect(try templates.render("a.html", [:]) == "project")
        #expect(try templates.render("b.html", [:]) == "plugin")
        #expect(try templates.render("pages/c.html", [:]) == "framework project")
        #expect(templates.contains("pages/c.html") && !templates.contains("../a.html"))
        #expect(throws: TemplateError.self) { try templates.render("../a.html", [:]) }
    }

    @Test("In development a changed template is read again, otherwise not")
    func reloading() throws {
        try folder.write("a.html", "one")
        let fixed = try MustacheTemplates(folders: [TemplateFolder(folder.path)])
        let live = try MustacheTemplates(folders: [TemplateFolder(folder.path)], isReloading: true)
        #expect(try live.render("a.html", [:]) == "one")
        try folder.write("a.html", "second")
        try folder.write("new.html", "new")
        #expect(try live.render("a.html", [:]) == "second" && live.render("new.html", [:]) == "new")
        #expect(try fixed.render("a.html", [:]) == "one")
    }

    @Test("A mistake in a template is told with its file and line")
    func mistakes() throws {
        let error = #expect(throws: TemplateError.self) { try render("line 1\n{{#open}}\n{{/other}}\n") }
        #expect(
            error?.code == .malformed && error?.description.contains("a.html:3:") == true,
            "\(String(describing: error))")
        try folder.link("loop", to: ".")
        #expect(throws: TemplateError.self) { try render("{{v}}") }
    }

    @Test("A page has its texts, language, token and user; the token's cookie comes only with a page that uses it")
    func commonValues() async throws {
        try folder.write(
            "page.html",
            "{{lang}} {{t.chat.title}} {{#t}}{{only_zh}}{{/t}} {{t.none}}|{{#user}}{{name}}{{/user}}|{{own}}")
        try folder.write("form.html", "{{csrf_token}}")
        var exchange = Exchange(.get, "/?lang=en")
        exchange.scope.state[Locales.self] = pageLocales
        exchange.scope.state[Templates.self] = try MustacheTemplates(folders: [TemplateFolder(folder.path)])
        let page = try await exchange.run(CSRF(), LocaleMiddleware()) { try $0.render("page.html", ["own": "<"]) }
        #expect(page.body == "en Chat 中 ||&lt;" && page.cookie("csrftoken") == nil)
        let form = try await exchange.run(CSRF(), LocaleMiddleware()) { try $0.render("form.html") }
        #expect(form.body.count == 86)
        let posted = Exchange(
            .post, headers: [.cookie: "csrftoken=\(form.cookieValue("csrftoken") ?? "")", .csrfHeader: form.body])
        #expect(try await posted.run(CSRF()) { _ in .text("") }.status == .ok)
    }

    struct Brings: Plugin {
        var name: String
        func contribute(to contributions: inout Contributions) {
            contributions.add(TemplateFolder("\(name)/Templates"), to: .templateFolders)
            contributions.add("\(name)/Static", to: .staticFolders)
            contributions.add("\(name)/Locales", to: .localeFolders)
        }
    }

    @Test("Plug-ins contribute folders of templates, static files and catalogues, in their order")
    func contributions() throws {
        let registry = try PluginRegistry([Brings(name: "a"), Brings(name: "b")])
        #expect(registry.values(for: .templateFolders) == ["a/Templates", "b/Templates"])
        #expect(
            TemplateSearch(registry).folders(project: "project", framework: "framework")
                == ["project", "a/Templates", "b/Templates", "framework"])
        #expect(TemplateSearch(registry).folders() == ["a/Templates", "b/Templates"])
        #expect(registry.values(for: .staticFolders) == ["a/Static", "b/Static"])
        #expect(registry.values(for: .localeFolders) == ["a/Locales", "b/Locales"])
    }

    /// Makes the site's templates at start, wherever it stands in the list of plug-ins.
    struct Site: Plugin {
        let name = "site"
        let project: String
        let framework: String

        func contribute(to contributions: inout Contributions) {
            let (project, framework) = (TemplateFolder(project), TemplateFolder(framework))
            contributions.add(
                LifespanHook { state in
                    state[Templates.self] = try MustacheTemplates(
                        folders: state[TemplateSearch.self].folders(project: project, framework: framework))
                }, to: .lifespan)
        }
    }

    struct Folder: Plugin {
        let name: String
        let folder: String
        func contribute(to contributions: inout Contributions) {
            contributions.add(TemplateFolder(folder), to: .templateFolders)
        }
    }

    @Test("An application's templates: project before plug-ins in their order before framework, from start to page")
    func searchOrder() async throws {
        let (first, second, framework) = (try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder())
        for (place, names) in [(folder, "a"), (first, "ab"), (second, "abc"), (framework, "abcd")] {
            let text =
                place === folder ? "project" : place === first ? "first" : place === second ? "second" : "framework"
            for name in names { try place.write("\(name).html", text) }
        }
        let registry = try PluginRegistry([
            Site(project: folder.path, framework: framework.path), Folder(name: "first", folder: first.path),
            Folder(name: "second", folder: second.path),
        ])
        var state = LifespanState()
        state[TemplateSearch.self] = TemplateSearch(registry)
        let runner = try await LifespanRunner(starting: registry.router(state: state))
        var exchange = Exchange()
        exchange.scope.state = runner.state
        for (name, text) in [("a", "project"), ("b", "first"), ("c", "second"), ("d", "framework")] {
            #expect(try await exchange.run(CSRF()) { try $0.render("\(name).html") }.body == text)
        }
        try await runner.shutdown()
    }

    private var pageLocales: Locales {
        Locales(texts: ["zh": ["only_zh": "中"], "en": ["chat.title": "Chat"]])
    }
}
