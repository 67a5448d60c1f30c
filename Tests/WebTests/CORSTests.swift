// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceTesting
import SluiceWeb
import Synchronization
import Testing

@Suite("CORS")
struct CORSTests {
    private static let app = "https://app.example"
    private let known = CORS(.only([app, "https://.team.example", "localhost"], credentials: true))

    private func ask(
        _ cors: CORS, _ origin: String?, method: HTTPRequest.Method = .get, headers: HTTPFields = [:],
        inDevelopment: Bool = false
    ) async throws -> Answer {
        var exchange = Exchange(method, headers: headers)
        exchange.scope.headers[.origin] = origin
        exchange.scope.state[DevelopmentMode.self] = inDevelopment
        return try await exchange.run(cors, ErrorPages()) { request in
            if request.method == .delete { throw HTTPError(.conflict) }
            return .text("served")
        }
    }

    private func preflight(_ cors: CORS, _ origin: String?, inDevelopment: Bool = false) async throws -> Answer {
        try await ask(
            cors, origin, method: .options, headers: [.accessControlRequestMethod: "PUT"], inDevelopment: inDevelopment)
    }

    @Test(
        "Origins are compared as a whole: scheme, host and port; a leading dot lets in what is below",
        arguments: [
            (app, true), ("https://app.example:443", true), ("http://app.example", false),
            ("https://app.example:8443", false), ("https://app.example.evil.example", false),
            ("https://evilapp.example", false), ("https://app.example/", false), ("https://app.example@evil", false),
            ("https://team.example", true), ("https://a.b.team.example", true), ("https://notteam.example", false),
            ("http://localhost:5173", true), ("null", false), ("", false), ("https://*", false),
            ("\(app), https://evil.example", false), ("HTTPS://APP.EXAMPLE", true),
        ])
    func origins(origin: String, isAllowed: Bool) async throws {
        for answer in [try await ask(known, origin), try await preflight(known, origin)] {
            #expect(answer.headers[.accessControlAllowOrigin] == (isAllowed ? origin : nil))
            #expect(answer.headers[.accessControlAllowCredentials] == (isAllowed ? "true" : nil))
            #expect(answer.headers[.vary]?.contains("Origin") == true)
        }
        #expect(try await ask(known, origin).body == "served")
    }

    @Test(
        "A preflight is answered before the application, with methods, fields and age; what was not asked comes to it")
    func preflights() async throws {
        let cors = CORS(
            .only([Self.app]), methods: [.get, .put], headers: [.contentType], exposedHeaders: [.eTag, .location],
            maxAge: .seconds(60))
        let answer = try await preflight(cors, Self.app)
        #expect(answer.status == .noContent && answer.body.isEmpty)
        #expect(answer.headers[.accessControlAllowMethods] == "GET, PUT")
        #expect(answer.headers[.accessControlAllowHeaders] == "Content-Type")
        #expect(answer.headers[.accessControlMaxAge] == "60" && answer.headers[.accessControlExposeHeaders] == nil)
        #expect(answer.headers[.accessControlAllowCredentials] == nil)
        #expect(
            answer.headers[.vary] == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
        let read = try await ask(cors, Self.app)
        #expect(read.headers[.accessControlExposeHeaders] == "ETag, Location")
        #expect(read.headers[.accessControlAllowMethods] == nil)
        #expect(try await ask(cors, Self.app, method: .options).body == "served", "no preflight")
        #expect(try await preflight(cors, nil).body == "served", "no page has sent that")
        let failed = try await ask(cors, Self.app, method: .delete)
        #expect(failed.status == .conflict && failed.headers[.accessControlAllowOrigin] == Self.app)
        #expect(try await ask(cors, nil).headers[.vary] == "Origin")
    }

    @Test("Everybody is let in by a star without credentials; a star in a list lets nobody in")
    func stars() async throws {
        let answer = try await ask(CORS(.any), "https://evil.example")
        #expect(answer.headers[.accessControlAllowOrigin] == "*" && answer.headers[.vary] == nil)
        #expect(answer.headers[.accessControlAllowCredentials] == nil)
        #expect(try await preflight(CORS(.any), "null").headers[.accessControlAllowOrigin] == "*")
        for star in ["*", "https://*", "*.example"] {
            let cors = CORS(.only([star], credentials: true))
            let answer = try await ask(cors, "https://a.example")
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
        }
    }

    @Test("A refusal says why in development alone")
    func refusals() async throws {
        let quiet = try await preflight(known, "https://evil.example")
        #expect(quiet.status == .forbidden && quiet.body == "cors_refused\n")
        let told = try await preflight(known, "https://evil.example", inDevelopment: true)
        #expect(told.body.contains(#""https://evil.example" is not among"#))
        #expect(told.headers[.contentType]?.hasPrefix("text/plain") == true)
    }

    @Test("On a socket: a preflight, then the request; a WebSocket handshake is none of its business")
    func live() async throws {
        let calls = Mutex(0)
        let router = URLRouter<HTTP> {
            Route("/") { _ in
                calls.withLock { $0 += 1 }
                return .text("served")
            }
        }
        try await withPatientServer(router.wrapped(in: known)) { server in
            let client = try await server.http()
            let asked = try await client.request(
                .options, "/", headers: [.origin: Self.app, .accessControlRequestMethod: "DELETE"])
            #expect(asked.status == .noContent && asked.headers[.accessControlAllowOrigin] == Self.app)
            #expect(calls.withLock { $0 } == 0)
            let answer = try await client.request(.get, "/", headers: [.origin: Self.app])
            #expect(answer.text == "served" && answer.headers[.accessControlAllowOrigin] == Self.app)
        }
        let socket = try await handshake(known, headers: [.origin: "https://evil.example"])
        #expect(socket?.isAccept == true)
    }
}
