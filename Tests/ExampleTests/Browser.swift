// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Sluice
import SluiceTesting
import Synchronization
import Testing

@testable import Example

/// As much of a browser as the pages need: it keeps cookies and sends forms with their token.
final class Browser: Sendable {
    private let site: TestSite
    private let cookies = Mutex<[String: String]>([:])

    init(_ site: TestSite, cookiesOf other: Browser? = nil) {
        self.site = site
        if let other { cookies.withLock { $0 = other.cookies.withLock { $0 } } }
    }

    var headers: HTTPFields {
        let cookie = cookies.withLock { $0.map { "\($0)=\($1)" }.joined(separator: "; ") }
        var headers: HTTPFields = [.cookie: cookie]
        if let host = HTTPField.Name("Host") { headers[host] = "localhost:8000" }
        return headers
    }

    func cookie(_ name: String) -> String? { cookies.withLock { $0[name] } }

    func get(_ path: String, method: HTTPRequest.Method = .get) async throws -> HTTPTestResponse {
        try await request(method, path, headers, ByteBuffer())
    }

    /// Sends a form with the token that the page at the same address has.
    func post(_ path: String, _ fields: [String: String], token: String? = nil) async throws -> HTTPTestResponse {
        var fields = fields
        if let token { fields["csrf_token"] = token }
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        headers[.origin] = "http://localhost:8000"
        var form = URLComponents()
        form.queryItems = fields.map { URLQueryItem(name: $0, value: $1) }
        return try await request(.post, path, headers, ByteBuffer(string: form.percentEncodedQuery ?? ""))
    }

    /// The token of a page.
    func token(of path: String) async throws -> String {
        let page = try await get(path).text
        let match = try #require(page.firstMatch(of: #/name="csrf-token" content="([^"]+)"/#))
        return String(match.1)
    }

    @discardableResult
    func signIn(
        _ user: String, password: String = DemoUsers.password, next: String? = nil
    ) async throws -> HTTPTestResponse {
        var fields = ["username": user, "password": password]
        fields["next"] = next
        return try await post("/login/", fields, token: token(of: "/login/"))
    }

    private func request(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields, _ body: ByteBuffer
    ) async throws -> HTTPTestResponse {
        let application = try #require(site.router.application(for: HTTP.self))
        let communicator = HTTPCommunicator(
            application, method: method, path: path, headers: headers, body: body, state: site.lifespan.state,
            clock: site.clock)
        let response = try await communicator.response(timeout: .seconds(5))
        cookies.withLock { cookies in
            for set in response.headers[values: .setCookie] {
                let pair = set.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
                cookies[String(pair[0])] = set.contains("Max-Age=0") ? nil : String(pair.count > 1 ? pair[1] : "")
            }
        }
        return response
    }
}
