// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

extension Request {
    /// A page of this site: a template with what its frame (`base.html`) needs.
    func page(
        _ template: String, _ values: [String: any Sendable] = [:], status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let frame: [String: any Sendable] = ["here": here, "query": queryWithoutLanguage]
        var response = try render(template, frame.merging(values) { _, own in own }, status: status)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// Which of the header's links leads to this page.
    private var here: [String: Bool] {
        [
            "rooms": path == "/room/", "tickets": path == "/tickets/", "charts": path == "/charts/",
            "signIn": path == "/login/",
        ]
    }

    /// The rest of the query, which the links to the other language keep.
    private var queryWithoutLanguage: String {
        scope.queryString.split(separator: "&").filter { !$0.hasPrefix(LocaleMiddleware.name + "=") }
            .map { "&" + $0 }.joined()
    }
}
