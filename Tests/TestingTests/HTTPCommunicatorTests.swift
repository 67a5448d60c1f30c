// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import SluiceTesting
import Testing

private struct Failure: Error, Equatable, CustomStringConvertible {
    var description = "the handler failed"
}

/// Answers with what it was asked.
private let mirror = ClosureApplication<HTTP> { scope, receive, send in
    var body = ByteBuffer()
    reading: while case .request(var piece, let moreBody) = try await receive() {
        body.writeBuffer(&piece)
        if !moreBody { break reading }
    }
    try await send(.informational(status: .init(code: 103), headers: [:]))
    let asked = "\(scope.method) \(scope.path)?\(scope.queryString)"
    try await send(.responseStart(status: .created, headers: [.server: asked]))
    try await send(.responseBody(body, moreBody: true))
    try await send(.responseBody(ByteBuffer(string: "!"), moreBody: false))
}

private func application(
    _ body: @escaping @Sendable (Send<HTTP>) async throws -> Void
) -> ClosureApplication<HTTP> {
    ClosureApplication { _, _, send in try await body(send) }
}

@Suite("HTTPCommunicator (Channels' HttpCommunicator)")
struct HTTPCommunicatorTests {
    @Test("method, path, query, headers and body go in; status, headers and body come out (T2)")
    func roundTrip() async throws {
        let communicator = HTTPCommunicator(mirror, method: .put, path: "/a%20b/?c=d", body: ByteBuffer(string: "body"))
        let response = try await communicator.response()
        #expect(response.status == .created)
        #expect(response.headers[.server] == "PUT /a b/?c=d")
        #expect(response.text == "body!")
        try await communicator.wait()
    }

    @Test("bodies can be streamed both ways (T2)")
    func streaming() async throws {
        let pieces = ClosureApplication<HTTP> { _, receive, send in
            try await send(.responseStart(status: .ok, headers: [:]))
            while case .request(let piece, let moreBody) = try await receive() {
                try await send(.responseBody(piece, moreBody: true))
                if !moreBody { break }
            }
            try await send(.responseTrailers([.eTag: "x"]))
        }
        let communicator = HTTPCommunicator(pieces, method: .post, body: nil)
        #expect(try await communicator.responseStart().status == .ok)
        communicator.sendBody(ByteBuffer(string: "one"), moreBody: true)
        #expect(try await communicator.receiveBody() == .body(ByteBuffer(string: "one")))
        #expect(await communicator.receiveNothing(for: .milliseconds(20)))
        communicator.sendBody(ByteBuffer(string: "two"), moreBody: false)
        #expect(try await communicator.receiveBody() == .body(ByteBuffer(string: "two")))
        #expect(try await communicator.receiveBody() == .trailers([.eTag: "x"]))
        #expect(try await communicator.receiveBody() == nil)
    }

    @Test("test_generic_http.py::test_error: an error surfaces to the caller with its message")
    func error() async throws {
        let communicator = HTTPCommunicator(application { _ in throw Failure() })
        let error = await #expect(throws: Failure.self) { try await communicator.response() }
        #expect(error.map { "\($0)" } == "the handler failed")
    }

    @Test("an application that returns without a response, or is silent, is a failure that says so")
    func noResponse() async throws {
        let returning = await #expect(throws: CommunicatorError.self) {
            try await HTTPCommunicator(application { _ in }).response()
        }
        #expect(returning?.description == "the start of a response was awaited, but the application returned")
        let silent = await #expect(throws: CommunicatorError.self) {
            let waiting = application { _ in try await Task.sleep(for: .seconds(60)) }
            _ = try await HTTPCommunicator(waiting).response(timeout: .milliseconds(20))
        }
        #expect(silent?.code == .timedOut)
    }

    private static let start = HTTP.Outbound.responseStart(status: .ok, headers: [:])
    private static let end = HTTP.Outbound.responseBody(ByteBuffer(), moreBody: false)

    @Test(
        "events are checked as a server checks them",
        arguments: [
            ([end], .wrongState),
            ([start, start], .wrongState),
            ([.responseTrailers([:])], .wrongState),
            ([.responseStart(status: .init(code: 100), headers: [:])], .wrongState),
            ([.informational(status: .ok, headers: [:])], .wrongState),
            ([.responseStart(status: .ok, headers: [.contentLength: "1"]), end], .contentLengthMismatch),
            ([start, end, end], .connectionClosed),
        ] as [([HTTP.Outbound], SendError.Code)])
    func validates(events: [HTTP.Outbound], code: SendError.Code) async throws {
        let communicator = HTTPCommunicator(application { for event in events { try await $0(event) } })
        let error = await #expect(throws: SendError.self) { try await communicator.wait() }
        #expect(error?.code == code)
    }

    @Test("behind a complete response, and when the client has gone, the application receives disconnect")
    func disconnect() async throws {
        let after = ClosureApplication<HTTP> { _, receive, send in
            _ = try await receive()
            try await send(.responseStart(status: .ok, headers: [:]))
            try await send(.responseBody(ByteBuffer(), moreBody: false))
            guard case .disconnect = try await receive() else { throw Failure() }
        }
        try await HTTPCommunicator(after).wait()
        let before = ClosureApplication<HTTP> { _, receive, send in
            guard case .disconnect = try await receive() else { throw Failure() }
            try await send(.responseStart(status: .ok, headers: [:]))
        }
        let communicator = HTTPCommunicator(before, body: nil)
        communicator.disconnect()
        let error = await #expect(throws: SendError.self) { try await communicator.wait() }
        #expect(error?.code == .connectionClosed)
    }
}
