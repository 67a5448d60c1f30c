// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Security headers")
struct SecurityHeadersTests {
    @Test(
        "contract §1: the strict policy and its companions, on errors too; what a view has set stays; HSTS over TLS alone"
    )
    func securityHeaders() async throws {
        let answer = try await Exchange().run(SecurityHeaders(), ErrorPages()) { _ in throw HTTPError(.notFound) }
        #expect(
            answer.headers[.contentSecurityPolicy]
                == "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        #expect(
            answer.headers[.xContentTypeOptions] == "nosniff" && answer.headers[.named("X-Frame-Options")] == "DENY")
        #expect(answer.headers[.named("Referrer-Policy")] == "same-origin")
        #expect(answer.headers[.named("Cross-Origin-Opener-Policy")] == "same-origin")
        #expect(answer.headers[.strictTransportSecurity] == nil)
        let own = try await Exchange().run(SecurityHeaders()) { _ in Response(headers: [.contentSecurityPolicy: "x"]) }
        #expect(own.headers[values: .contentSecurityPolicy] == ["x"])
        let policy = ContentSecurityPolicy.strict.adding("img-src", "'self'").adding("object-src", "'none'")
        #expect(
            policy.description.contains("img-src 'self'; connect-src")
                && policy.description.hasSuffix("; object-src 'none'"))
        for (scheme, expected) in [("http", nil), ("https", "max-age=60")] {
            var exchange = Exchange()
            exchange.scope.scheme = scheme
            let answer = try await exchange.run(SecurityHeaders(strictTransportAge: .seconds(60))) { _ in .text("") }
            #expect(answer.headers[.strictTransportSecurity] == expected)
        }
    }
}
