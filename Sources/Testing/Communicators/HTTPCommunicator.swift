// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore
public import SluiceCore

/// Sends one request to an application and takes its response, without a server (Channels' `HttpCommunicator`).
public final class HTTPCommunicator: Sendable {
    private let communicator: ApplicationCommunicator<HTTP>
    private let peer: HTTPPeer

    /// What the application was called with.
    public var scope: Scope { communicator.scope }

    /// Starts an application with a request.
    ///
    /// - Parameters:
    ///   - target: path and query: `/tickets/?page=2`.
    ///   - body: the request's body; `nil` leaves it open for ``sendBody(_:moreBody:)``. Empty by default.
    ///   - state: what the application made at start; ``SluiceCore/LifespanState/testing(clock:)`` by default.
    ///   - configure: changes the scope, as a middleware before the application would.
    public init(
        _ application: any Application<HTTP>, method: HTTPRequest.Method = .get, path target: String = "/",
        headers: HTTPFields = [:], body: ByteBuffer? = ByteBuffer(), state: LifespanState? = nil,
        clock: any TimeSource = SystemTime(), configure: (inout Scope) -> Void = { _ in }
    ) {
        var scope = Scope(HTTP.self)
        scope.method = method
        scope.setTarget(target)
        scope.headers = headers
        scope.state = state ?? .testing(clock: clock)
        scope.connection = ConnectionContext(clock: clock)
        configure(&scope)
        let input = EventQueue<HTTP.Inbound>()
        let output = EventQueue<ApplicationOutput<HTTP.Outbound>>()
        let peer = HTTPPeer(input: input, output: output, isHead: method == .head)
        if let body { input.push(.request(body: body, moreBody: false)) }
        self.peer = peer
        communicator = ApplicationCommunicator(
            application, scope: scope, input: input, output: output, sink: peer
        ) { _ in }
    }

    /// Sends a piece of the request's body.
    public func sendBody(_ body: ByteBuffer, moreBody: Bool) {
        communicator.sendInput(.request(body: body, moreBody: moreBody))
    }

    /// Takes the whole response, its informational ones passed over.
    ///
    /// - Parameter timeout: for each event of the application, not for all of them.
    /// - Throws: what the application threw, or ``CommunicatorError``.
    public func response(timeout: Duration = .seconds(1)) async throws -> HTTPTestResponse {
        var response = try await responseStart(timeout: timeout)
        while let piece = try await receiveBody(timeout: timeout) {
            switch piece {
            case .body(var bytes): response.body.writeBuffer(&bytes)
            case .trailers(let fields): response.trailers = fields
            }
        }
        return response
    }

    /// Takes the response's start: status and headers, with an empty body.
    public func responseStart(timeout: Duration = .seconds(1)) async throws -> HTTPTestResponse {
        while true {
            switch try await communicator.receiveOutput(timeout: timeout, awaiting: "the start of a response") {
            case .informational: continue
            case .responseStart(let status, let headers): return HTTPTestResponse(status: status, headers: headers)
            case let other: throw unexpected("the start of a response", other)
            }
        }
    }

    /// What follows a response's start.
    public enum Piece: Sendable, Hashable {
        /// A part of the body.
        case body(ByteBuffer)
        /// The trailer fields, at the end.
        case trailers(HTTPFields)
    }

    /// Takes the next piece behind ``responseStart(timeout:)``; `nil` when the response is complete.
    public func receiveBody(timeout: Duration = .seconds(1)) async throws -> Piece? {
        if peer.isDelivered { return nil }
        switch try await communicator.receiveOutput(timeout: timeout, awaiting: "a piece of the response's body") {
        case .responseBody(let body, let moreBody):
            if !moreBody { peer.delivered() }
            return .body(body)
        case .responseTrailers(let fields):
            peer.delivered()
            return .trailers(fields)
        case let other: throw unexpected("a piece of the response's body", other)
        }
    }

    /// Takes the next event as it is, informational responses too.
    public func receiveOutput(timeout: Duration = .seconds(1)) async throws -> HTTP.Outbound {
        try await communicator.receiveOutput(timeout: timeout)
    }

    /// Whether the application sends nothing for a while.
    public func receiveNothing(for duration: Duration = .milliseconds(100)) async -> Bool {
        await communicator.receiveNothing(for: duration)
    }

    /// The client goes away before the response is complete.
    public func disconnect() {
        peer.disconnect()
    }

    /// Waits until the application has returned; see ``ApplicationCommunicator/wait(timeout:)``.
    public func wait(timeout: Duration = .seconds(1)) async throws {
        try await communicator.wait(timeout: timeout)
    }

    private func unexpected(_ expected: String, _ event: HTTP.Outbound) -> CommunicatorError {
        let name =
            switch event {
            case .informational(let status, _): "an informational response (\(status.code))"
            case .responseStart(let status, _): "a response's start (\(status.code))"
            case .responseBody: "a piece of body"
            case .responseTrailers: "trailers"
            }
        return CommunicatorError(.unexpected, "\(expected) was expected, but \(name) came")
    }
}

/// A response as a test sees it.
public struct HTTPTestResponse: Sendable, Hashable {
    /// The status.
    public var status: HTTPResponse.Status
    /// The header fields.
    public var headers: HTTPFields
    /// The body, all pieces joined and without chunks.
    public var body = ByteBuffer()
    /// The trailer fields.
    public var trailers: HTTPFields = [:]

    /// The body as text.
    public var text: String { String(buffer: body) }
}
