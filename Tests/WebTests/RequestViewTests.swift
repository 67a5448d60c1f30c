// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceWeb
import Testing

@Suite("Views made for each request")
struct RequestViewTests {
    /// Not Sendable, with state that two requests would spoil if they shared it.
    final class Ticket: RequestView {
        private var id = 0
        private var calls = 0

        static var handlers: [RequestHandler<Ticket>] {
            [.get(Ticket.show), .post(Ticket.save), .on(.head, Ticket.peek), .get(Ticket.save)]
        }

        func setup(_ request: Request) async throws {
            calls += 1
            id = try request.route["id", as: Int.self]
            if id == 0 { throw HTTPError(.notFound) }
        }

        func show(_ request: Request) async throws -> Response {
            await Task.yield()
            calls += 1
            return .text("\(id) \(calls)")
        }

        func save(_ request: Request) async throws -> Response { .empty(.noContent) }
        func peek(_ request: Request) async throws -> Response { Response(headers: [.location: "peeked"]) }
    }

    /// A value is a view too; HEAD is answered by GET here.
    struct Note: RequestView {
        var text = "note"
        static var handlers: [RequestHandler<Note>] { [.get(Note.show), .put(Note.show)] }
        func show(_ request: Request) async throws -> Response { .text(text) }
    }

    private let router = URLRouter<HTTP> {
        Route("/tickets/<int:id>/", Ticket.init, name: "ticket")
        Route("/note/") { Note(text: "own") }
        Route("/behind/<int:id>/", application: FunctionView(making: Ticket.init).wrapped(in: SecurityHeaders()))
    }.wrapped(in: ErrorPages())

    @Test("Each request has a view of its own, also at the same time")
    func ownState() async throws {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for id in 1...50 {
                group.addTask { [router] in (id, try await Exchange(.get, "/tickets/\(id)/").run(router).body) }
            }
            for try await (id, body) in group { #expect(body == "\(id) 2") }
        }
    }

    @Test("Django's View.dispatch: methods, HEAD, OPTIONS, 405, and what setup throws")
    func methods() async throws {
        #expect(try await Exchange(.post, "/tickets/7/").run(router).status == .noContent)
        #expect(try await Exchange(.head, "/tickets/7/").run(router).headers[.location] == "peeked")
        #expect(try await Exchange(.get, "/tickets/0/").run(router).status == .notFound)
        let options = try await Exchange(.options, "/tickets/0/").run(router)
        #expect(options.status == .ok && options.headers[.allow] == "GET, HEAD, POST, OPTIONS")
        #expect(options.headers[.contentLength] == "0", "nothing is set up for it")
        let refused = try await Exchange(.delete, "/note/").run(router)
        #expect(refused.status == .methodNotAllowed && refused.headers[.allow] == "GET, HEAD, PUT, OPTIONS")
        let head = try await Exchange(.head, "/note/").run(router)
        #expect(head.status == .ok && head.body.isEmpty && head.headers[.contentLength] == "3")
        #expect(try await Exchange(.put, "/note/").run(router).body == "own")
    }

    @Test("A view behind middleware")
    func wrapped() async throws {
        let answer = try await Exchange(.get, "/behind/3/").run(router)
        #expect(answer.body == "3 2" && answer.headers[.xContentTypeOptions] == "nosniff")
    }
}
