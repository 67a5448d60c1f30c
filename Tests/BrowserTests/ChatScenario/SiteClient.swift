// SPDX-License-Identifier: Apache-2.0

import Foundation
import JSONTree
import NIOCore
import NIOHTTP1
import Testing

/// A user without a browser: signs in by the form, and posts messages as the polling pages do.
struct SiteClient {
    let cookies: String
    private let http: LoopbackHTTP
    private let token: String

    init(_ http: LoopbackHTTP, user: String) async throws {
        self.http = http
        let page = try await http.request(.GET, "/login/")
        let form = "csrf_token=\(try Self.token(of: page))&username=\(user)&password=sluice-demo"
        let answer = try await http.request(
            .POST, "/login/",
            headers: [
                "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "\(form.utf8.count)",
                "Origin": "http://127.0.0.1:\(http.port)", "Cookie": Self.cookies(of: [page]),
            ], body: ByteBuffer(string: form))
        #expect(answer.status == .seeOther)
        let cookies = Self.cookies(of: [page, answer])
        self.cookies = cookies
        token = try Self.token(of: try await http.request(.GET, "/", headers: ["Cookie": cookies]))
    }

    /// Says something in the room of the polling pages.
    func post(_ text: String) async throws {
        let body = try JSONEncoder().encode(["text": text, "cid": UUID().uuidString])
        let answer = try await http.request(
            .POST, "/home/messages/", headers: ["Cookie": cookies, "X-CSRF-Token": token],
            body: ByteBuffer(bytes: body))
        #expect(answer.status == .created)
    }

    private static func token(of page: LoopbackHTTP.Response) throws -> String {
        let match = String(buffer: page.body).firstMatch(of: #/name="csrf-token" content="([^"]+)"/#)
        return String(try #require(match).1)
    }

    /// What a browser would send: of cookies with one name the last.
    private static func cookies(of responses: [LoopbackHTTP.Response]) -> String {
        let pairs = responses.flatMap { $0.headers["Set-Cookie"] }.map { String($0.prefix { $0 != ";" }) }
        let byName = Dictionary(pairs.map { ($0.prefix { $0 != "=" }, $0) }) { $1 }
        return byName.values.joined(separator: "; ")
    }
}
