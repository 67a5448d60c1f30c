// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Template helpers")
struct TemplateHelperTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A page by the helpers `join`, which shows what it was given, and `raw`, which gives its word back.
    private func render(_ template: String, _ values: [String: any Sendable] = [:], name: String = "a.html") throws
        -> String
    {
        try folder.write(name, template)
        let helpers: [String: any Sendable] = [
            "join": TemplateHelper { arguments in
                (arguments.words + arguments.pairs.map { "\($0.name)->\($0.value)" }).joined(separator: "|")
            },
            "raw": TemplateHelper { arguments in try arguments.onlyWord(for: "raw") },
        ]
        return try MustacheTemplates(folders: [TemplateFolder(folder.path)], helpers: ["join", "raw"])
            .render(name, helpers.merging(values) { $1 })
    }

    @Test("A helper gets words and pairs, with values of the page and of the item that it stands in")
    func arguments() throws {
        #expect(try render("[{{#join}}a  b=1\n\tc{{/join}}]") == "[a|c|b-&gt;1]")
        #expect(try render("{{# join }}x={{v}}{{/ join }}", ["v": 7]) == "x-&gt;7")
        let items: [[String: any Sendable]] = [["id": 1], ["id": 2]]
        #expect(
            try render("{{#items}}<{{#join}}{{kind}} id={{id}}{{/join}}>{{/items}}", ["items": items, "kind": "k"])
                == "<k|id-&gt;1><k|id-&gt;2>")
        #expect(try render("{{#join}}{{/join}}-{{#join}}a={{#yes}}1{{/yes}}{{/join}}", ["yes": true]) == "-a-&gt;1")
    }

    @Test(
        "A value is one word, whatever is in it, and comes out escaped",
        arguments: [
            ("a b", "a b"), ("x=1", "x=1"), ("a id=9 ?q=1", "a id=9 ?q=1"), ("\u{2}\u{3}", "\u{2}\u{3}"),
            ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"), ("{{v}}{{{v}}}", "{{v}}{{{v}}}"), ("100%41", "100%41"),
            ("聊天 🎉\n", "聊天 🎉\n"), ("\u{2}aaaaaaaaaaaaaaaaHraw:", "\u{2}aaaaaaaaaaaaaaaaHraw:"),
            ("=\u{301}x", "=\u{301}x"), ("{{/raw}}", "{{/raw}}"),
        ])
    func oneWord(value: String, shown: String) throws {
        #expect(try render("{{#raw}}{{v}}{{/raw}}", ["v": value]) == shown)
        #expect(try render("{{#raw}}{{v}}{{/raw}}", ["v": value], name: "a.txt") == value, "plain text is not HTML")
        #expect(try render("{{#join}}n={{v}}{{/join}}{{v}}", ["v": value]) == "n-&gt;" + shown + shown)
        #expect(try render("{{#join}}n={{#raw}}{{v}}{{/raw}}{{/join}}", ["v": value]) == "n-&gt;" + shown)
        let items: [[String: any Sendable]] = [["v": value]]
        #expect(try render("{{#items}}{{#raw}}{{v}}{{/raw}}{{/items}}", ["items": items]) == shown)
        try folder.write("part.html", "{{#raw}}{{v}}{{/raw}}")
        try folder.write("base.html", "{{$body}}{{/body}}")
        #expect(try render("{{> part.html}}", ["v": value]) == shown)
        #expect(
            try render("{{<base.html}}{{$body}}{{#raw}}{{v}}{{/raw}}{{/body}}{{/base.html}}", ["v": value]) == shown)
    }

    @Test("Sections of other names, comments and other tags stay what they are")
    func untouched() throws {
        #expect(try render("{{! {{#raw }}{{#yes}}y{{/yes}}{{{v}}}{{^no}}n{{/no}}", ["yes": true, "v": "<"]) == "y<n")
        #expect(try render("{{raw_}}{{#rawer}}x{{/rawer}}{{#yes}}{{#raw}}w{{/raw}}{{/yes}}", ["yes": true]) == "w")
    }

    @Test("A helper that is given nothing it can use fails the page, with its name")
    func mistakes() throws {
        for template in ["{{#raw}}a b{{/raw}}", "{{#raw}}{{/raw}}", "{{#raw}}a=1{{/raw}}", "{{#url}}x{{/url}}"] {
            let error = #expect(throws: TemplateError.self) { try render(template) }
            #expect(error?.code == .badArguments)
            #expect(error?.description.contains("{{#") == true)
        }
        #expect(throws: TemplateError.self) { try render("{{#raw}}a") }
        let line = #expect(throws: TemplateError.self) { try render("{{#raw}}a{{/raw}}\n{{#open}}\n{{/other}}\n") }
        #expect(line?.description.contains("a.html:3:") == true)
    }

    private func page(_ template: String, _ values: [String: any Sendable] = [:], rootPath: String = "") async throws
        -> String
    {
        try folder.write("page.html", template)
        var exchange = Exchange()
        exchange.scope.rootPath = rootPath
        exchange.scope.state[Templates.self] = try MustacheTemplates(folders: [TemplateFolder(folder.path)])
        exchange.scope.state[Locales.self] = Locales(texts: ["zh": ["joined": "{name} 来了 ({n})"]])
        exchange.scope.state[StaticAddress.self] = StaticAddress { $0 == "site.css" ? "site.0123.css" : $0 }
        return try await exchange.run(CSRF()) { try $0.render("page.html", values) }.body
    }

    private func linked(_ template: String, _ values: [String: any Sendable] = [:], rootPath: String = "") async throws
        -> Answer
    {
        try folder.write("page.html", template)
        let router = URLRouter<HTTP> {
            Route("/", name: "page") { [values] in try $0.render("page.html", values) }
            Route("/tickets/<int:id>/", name: "ticket") { _ in .text("") }
            Route("/rooms/<group>/", name: "room") { _ in .text("") }
            Mount("/shop", URLRouter { Route("/<slug:item>/", name: "item") { _ in .text("") } }, name: "shop")
        }
        var exchange = Exchange()
        exchange.scope.rootPath = rootPath
        exchange.scope.state = try await LifespanRunner(starting: ProtocolTypeRouter(http: router)).state
        exchange.scope.state[Templates.self] = try MustacheTemplates(folders: [TemplateFolder(folder.path)])
        return try await exchange.run(router.wrapped(in: ErrorPages(isDevelopment: true)))
    }

    @Test("url: the address of a named route with captures and query, of each item of a list")
    func urls() async throws {
        let items: [[String: any Sendable]] = [["id": 7], ["id": 12]]
        #expect(
            try await linked("{{#items}}{{#url}}ticket id={{id}}{{/url}} {{/items}}", ["items": items]).body
                == "/tickets/7/ /tickets/12/ ")
        #expect(try await linked("{{#url}}shop:item item=tea ?page=2{{/url}}").body == "/shop/tea/?page=2")
        #expect(try await linked("{{#url}}page{{/url}}", rootPath: "/app").body == "/app/")
        let hostile = "x id=1 ?a=b\"><script>"
        #expect(
            try await linked("{{#url}}room group={{v}} ?q={{v}}{{/url}}", ["v": hostile]).body
                == "/rooms/x%20id=1%20%3Fa=b%22%3E%3Cscript%3E/?q=x%20id%3D1%20%3Fa%3Db%22%3E%3Cscript%3E")
    }

    @Test(
        "url: a name or capture that no route has fails the page, and says why",
        arguments: [
            "ticket", "ticket id=x", "ticket id=1 other=2", "nothing", "ticket room id=1", "", "room group=../x",
        ])
    func badURLs(arguments: String) async throws {
        let answer = try await linked("before {{#url}}\(arguments){{/url}}")
        #expect(answer.status == .internalServerError && !answer.body.contains("before"))
        #expect(answer.body.contains("Error") && answer.headers[.contentType] == "text/plain; charset=utf-8")
    }

    @Test("static: the address of a file, under the root path and with the name that it is served by")
    func staticFiles() async throws {
        #expect(try await page("{{#static}}site.css{{/static}}") == "/static/site.0123.css")
        #expect(
            try await page("{{#static}}img/{{v}}.png{{/static}}", ["v": "猫 \"><"], rootPath: "/app")
                == "/app/static/img/%E7%8C%AB%20%22%3E%3C.png")
    }

    @Test("trans: a text with values, escaped")
    func trans() async throws {
        #expect(
            try await page("{{#trans}}joined name={{v}} n=3{{/trans}}", ["v": "<b> n=9"]) == "&lt;b&gt; n=9 来了 (3)")
        #expect(try await page("{{#trans}}no.such.key{{/trans}}") == "no.such.key")
    }

    @Test("csrf_field: the hidden field, whose token is that of the cookie")
    func csrfField() async throws {
        let field = try await page("<form>{{csrf_field}}</form>")
        #expect(field.hasPrefix("<form><input type=\"hidden\" name=\"csrf_token\" value=\""))
        #expect(field.hasSuffix("\"></form>") && field.utf8.count == 147)
    }
}
