// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Languages")
struct LocaleTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var locales: Locales {
        Locales(texts: [
            "zh": ["hello": "你好 {name}", "chat.title": "聊天室", "only_zh": "中"],
            "en": ["hello": "Hello {name}", "chat.title": "Chat"],
        ])
    }

    private func chosen(_ target: String, cookie: String? = nil, accept: String? = nil) async throws -> Answer {
        var exchange = Exchange(.get, target)
        exchange.scope.state[Locales.self] = locales
        exchange.scope.headers[.cookie] = cookie.map { "lang=\($0)" }
        exchange.scope.headers[.acceptLanguage] = accept
        return try await exchange.run(LocaleMiddleware()) { .text($0.locale.code) }
    }

    @Test("contract §1: ?lang=, then the cookie, then Accept-Language by weight, then zh")
    func language() async throws {
        #expect(try await chosen("/").body == "zh")
        #expect(try await chosen("/", accept: "en-US,en;q=0.9").body == "en")
        #expect(try await chosen("/", accept: "fr, en;q=0.3, zh-Hans;q=0.8").body == "zh")
        #expect(try await chosen("/", accept: "zh;q=0, en;q=0.001").body == "en")
        #expect(try await chosen("/", accept: "fr;q=1, de").body == "zh")
        #expect(try await chosen("/", cookie: "en", accept: "zh").body == "en")
        let switched = try await chosen("/?lang=en", cookie: "zh", accept: "zh")
        #expect(switched.body == "en" && switched.headers[.contentLanguage] == "en")
        #expect(switched.cookie("lang") == "lang=en; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax")
        #expect(try await chosen("/?lang=zh").headers[.contentLanguage] == "zh-CN")
        #expect(switched.headers[.vary] == "Accept-Language, Cookie")
    }

    @Test("Foreign and hostile languages change nothing")
    func hostileLanguage() async throws {
        for value in ["xx", "", "en%0d%0aSet-Cookie:x=1", "../../etc/passwd", "en;x"] {
            let answer = try await chosen("/?lang=\(value)")
            #expect(answer.body == "zh" && answer.headers[.setCookie] == nil, "\(value)")
        }
        #expect(try await chosen("/?lang=en" + String(repeating: "&a=1", count: 10_000)).body == "zh")
        #expect(try await chosen("/", accept: String(repeating: "fr,", count: 100_000) + "en").body == "zh")
        for accept in ["en;q=", "en;q=2", "en;q=1.2345", "en;q=-1", "en;q=0.x"] {
            #expect(try await chosen("/", accept: accept).body == "zh", "\(accept)")
        }
    }

    @Test("Texts: with values, in the default language when not translated, else the key")
    func texts() {
        let english = locales.locale("en")
        #expect(english.text("hello", ["name": "{name} <b>"]) == "Hello {name} <b>")
        #expect(english.text("only_zh") == "中" && english.text("nothing.here") == "nothing.here")
        #expect(english.tag == "en" && locales.locale("xx").tag == "zh-CN")
    }

    @Test("Catalogues are flat JSON; the first folder's text wins, a broken file is an error")
    func catalogues() throws {
        let framework = try TemporaryFolder()
        try folder.write("zh.json", #"{"a": "项目"}"#)
        try framework.write("zh.json", #"{"a": "框架", "b": "框架"}"#)
        let locales = try Locales(folders: [folder.path, framework.path])
        #expect(locales.locale("zh").text("a") == "项目" && locales.locale("zh").text("b") == "框架")
        try folder.write("en.json", #"{"a": {"b": "nested"}}"#)
        #expect(throws: TemplateError.self) { try Locales(folders: [folder.path]) }
    }
}
