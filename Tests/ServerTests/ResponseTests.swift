// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceServer
import SluiceTLS
import SluiceTesting
import Testing

private struct Fault: Error {}

@Suite("Responses", .timeLimit(.minutes(1)))
struct ResponseTests {
    @Test(
        "RFC 9112 §7.1: a body sent in parts arrives joined, also when an empty part ends it",
        arguments: [
            ["a", "bc", "def"], ["a", ""], [""], ["", "", "a", ""],
        ])
    func parts(parts: [String]) async throws {
        let router = http { _, _, send in
            try await send(.responseStart(status: .ok, headers: [.contentType: "text/plain"]))
            for (index, part) in parts.enumerated() {
                try await send(.responseBody(ByteBuffer(string: part), moreBody: index < parts.count - 1))
            }
        }
        try await withLiveServer(router) { server in
            let response = try await server.http().request(.get, "/")
            #expect(response.text == parts.joined())
            #expect((response.headers[.transferEncoding] == "chunked") == (parts.count > 1))
        }
    }

    @Test("the header leaves with the first body event, however late the second one comes")
    func headFirst() async throws {
        let gate = Gate()
        let router = http { _, _, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            try await send(.responseBody(ByteBuffer(), moreBody: true))
            try await gate.wait()
            try await send(.responseBody(ByteBuffer(string: "late"), moreBody: false))
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await wire.read(until: "\r\n\r\n").contains("chunked"))
            gate.open()
            #expect(try await wire.read(until: "0\r\n\r\n") == "4\r\nlate\r\n0\r\n\r\n")
        }
    }

    @Test("RFC 9110 §9.3.2: HEAD is answered without a body, and the connection goes on")
    func head() async throws {
        try await withLiveServer(echo) { server in
            let wire = try await Wire(server)
            try await wire.write("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await wire.read(until: "\r\n\r\n").contains("Content-Length: 8\r\n"))
            #expect(try await wire.read(until: "GET /b ").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test("RFC 9110 §15.2: early hints arrive before the response")
    func hints() async throws {
        let router = http { _, _, send in
            try await send(.informational(status: .earlyHints, headers: [.location: "/a.css"]))
            try await send.respond("x")
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let text = try await wire.read(until: "\r\n\r\nx")
            #expect(text.hasPrefix("HTTP/1.1 103 Early Hints\r\nLocation: /a.css\r\n\r\nHTTP/1.1 200 OK\r\n"))
        }
    }

    @Test(
        "an application that throws before its response is answered by its error's status",
        arguments: [
            (0, 500), (1, 404), (2, 500), (3, 500),
        ])
    func throwsBefore(kind: Int, status: Int) async throws {
        let router = http { _, _, send in
            switch kind {
            case 0: throw Fault()
            case 1: throw RoutingError.noApplication(Lifespan.self)
            case 2:
                try await send(.responseStart(status: .ok, headers: [.contentType: "image/png"]))
                throw Fault()
            default: return
            }
        }
        try await withLiveServer(router) { server in
            let client = try await server.http()
            for _ in 0..<2 {
                let response = try await client.request(.get, "/")
                #expect(response.status.code == status && response.headers[.contentType] == "text/plain; charset=utf-8")
            }
        }
    }

    @Test("RFC 9110 §15.5.6: an error's fields are sent with its status, without any middleware")
    func errorFields() async throws {
        struct NotAllowed: ApplicationError {
            var disposition: ErrorDisposition {
                var disposition = ErrorDisposition.methodNotAllowed
                disposition.headers[.allow] = "GET, HEAD"
                return disposition
            }
        }
        try await withLiveServer(http { _, _, _ in throw NotAllowed() }) { server in
            let response = try await server.http().request(.post, "/")
            #expect(response.status == .methodNotAllowed && response.headers[.allow] == "GET, HEAD")
        }
    }

    @Test("RFC 9112 §8: an application that throws within its response leaves it visibly cut")
    func throwsAfter() async throws {
        let router = http { _, _, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            try await send(.responseBody(ByteBuffer(string: "half"), moreBody: true))
            throw Fault()
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await wire.readToEnd().hasSuffix("4\r\nhalf\r\n"))
        }
    }

    @Test("an illegal response is an error for the application, and a 500 for the client")
    func illegal() async throws {
        let notes = Notes()
        let router = http { _, _, send in
            do {
                try await send(.responseStart(status: .ok, headers: [.contentLength: "5"]))
                try await send(.responseBody(ByteBuffer(string: "toolong"), moreBody: false))
            } catch let error as SendError {
                notes.add(error.description)
                throw error
            }
        }
        try await withLiveServer(router) { server in
            let response = try await server.get()
            #expect(response.status == .internalServerError)
            #expect(notes.all == ["Content-Length is 5, the body has 7 bytes"])
        }
    }

    @Test("a late event of one response does not get into the next one")
    func late() async throws {
        let kept = EventQueue<Send<HTTP>>()
        let notes = Notes()
        let router = http { scope, _, send in
            if scope.path == "/1" {
                try await send.respond("one")
                return kept.push(send)
            }
            let old = try await kept.next()
            do {
                try await old(.responseBody(ByteBuffer(string: "late"), moreBody: false))
            } catch let error as SendError {
                notes.add(error.code == .wrongState ? "refused" : "?")
            }
            try await send.respond("two")
        }
        try await withLiveServer(router) { server in
            let client = try await server.http()
            #expect(try await client.request(.get, "/1").text == "one")
            #expect(try await client.request(.get, "/2").text == "two")
            #expect(notes.all == ["refused"])
        }
    }

    @Test("without an application for HTTP there is a 404")
    func noApplication() async throws {
        try await withLiveServer(ProtocolTypeRouter()) { server in
            let response = try await server.get()
            #expect(response.status == .notFound)
        }
    }
}

/// Applications that write much, to clients that read nothing at first.
@Suite("Back-pressure of responses", .timeLimit(.minutes(1)))
struct ResponseBackPressureTests {
    private static let total = 16 << 20

    /// Writes 16 MiB in pieces, counting what was taken.
    @Sendable private static func write(_ send: Send<HTTP>, _ size: Int, _ count: Counter, _ gate: Gate) async throws {
        try await send(.responseStart(status: .ok, headers: [.contentLength: "\(total)"]))
        try await send(.responseBody(ByteBuffer(), moreBody: true))
        try await gate.wait()
        let piece = ByteBuffer(repeating: 0x78, count: size)
        while count.value < total {
            let isLast = count.value + size >= total
            try await send(.responseBody(piece, moreBody: !isLast))
            count.add(size)
        }
    }

    @Test(
        "a client that does not read stops the application, and loses nothing",
        arguments: [
            (1 << 10, false), (256 << 10, false), (1 << 10, true), (256 << 10, true),
        ], [false, true])
    func stopped(_ writing: (size: Int, isElsewhere: Bool), isSecure: Bool) async throws {
        let (count, gate) = (Counter(), Gate())
        let router = http { scope, _, send in
            guard scope.path == "/big" else { return try await send.respond("") }
            if writing.isElsewhere {
                try await Task.detached(executorPreference: globalConcurrentExecutor) {
                    try await Self.write(send, writing.size, count, gate)
                }.value
            } else {
                try await Self.write(send, writing.size, count, gate)
            }
        }
        let certificate = isSecure ? try TestCertificate() : nil
        let server = try await LiveServer(router, certificate: certificate?.pair, threads: 1)
        let wire = try await Wire(server, trusting: certificate?.pair.chainFile, receiveBuffer: 64 << 10)
        try await wire.write("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await wire.read(until: "\r\n\r\n")
        try await wire.setReading(false)
        gate.open()
        // Others are served meanwhile; once nothing moves any more, little has been written.
        let other = try await server.http()
        var last = -1
        while last != count.value {
            last = count.value
            for _ in 0..<200 { _ = try await other.request(.get, "/") }
        }
        #expect(count.value < 10 << 20, "the outbox and the sockets' buffers hold less")
        try await wire.setReading(true)
        #expect(try await wire.read(count: Self.total) == ByteBuffer(repeating: 0x78, count: Self.total))
        await server.stop()
    }

    @Test("an application that writes without end to a fast client does not keep the loop from others")
    func fairness() async throws {
        let router = http { scope, _, send in
            guard scope.path == "/endless" else { return try await send.respond("") }
            try await send(.responseStart(status: .ok, headers: [:]))
            while true { try await send(.responseBody(ByteBuffer(repeating: 0x78, count: 1_000), moreBody: true)) }
        }
        let server = try await LiveServer(router, threads: 1)
        let wire = try await Wire(server)
        try await wire.write("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        async let reader: Void = { for _ in 0..<16 { _ = try await wire.read(count: 1 << 20) } }()
        let other = try await server.http()
        for _ in 0..<10 { #expect(try await other.request(.get, "/").status == .ok) }
        try await reader
        await wire.close()
        try await eventually("the writer is told") { server.connections == 1 }
        await server.stop(within: .seconds(2))
    }

    @Test("a large response arrives whole before the connection is closed")
    func closing() async throws {
        let size = 8 << 20
        let router = http { _, _, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            try await send(.responseBody(ByteBuffer(repeating: 0x78, count: size), moreBody: false))
        }
        try await withLiveServer(router) { server in
            let wire = try await Wire(server)
            try await wire.setReading(false)
            try await wire.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            try await eventually("the server has written what it can") { server.connections == 1 }
            try await wire.setReading(true)
            let text = try await wire.readToEnd()
            #expect(text.utf8.count > size && text.hasSuffix("xxx"))
        }
    }
}
