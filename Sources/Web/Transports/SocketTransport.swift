// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
public import SluiceCore
import SluiceCrypto

/// Serves an application for WebSockets to clients that cannot open one, by server-sent events or long polling and POST (as
/// Phoenix's `LongPoller`): the same consumer, the same routes.
///
/// ```swift
/// Mount("/socket", SocketTransport(to: sockets))   // where `sockets` is the router of WebSockets
/// ```
/// Below the mount stand the sockets' own paths. `Sources/README.md` has the requests; `sluice.js` falls back to them by
/// itself. A session belongs to the user who has opened it. What another site's page has caused is refused with 403, as by
/// ``OriginValidator``. Stands behind ``Sessions`` and authentication, whose user the application sees; `POST` passes
/// ``CSRF`` with the token in its header.
public struct SocketTransport: Application {
    /// What clients can grow.
    public struct Limits: Sendable, Hashable {
        /// Sessions at once. Default 10,000.
        public var sessions = 10_000
        /// Sessions at once of one address. Default 100.
        public var sessionsPerAddress = 100
        /// Bytes of messages that a client has not acknowledged, until their sender waits. Default 1 MiB.
        public var outboxBytes = 1 << 20
        /// Messages that a client has not acknowledged, until their sender waits. Default 1,000.
        public var outboxMessages = 1_000
        /// Messages of a client that the application has not taken, until it is told to come back. Default 64.
        public var inboxMessages = 64
        /// The largest message of a client, in bytes. Default 64 KiB.
        public var messageBytes = 64 << 10
        /// How long a poll is held. Default 25 s: proxies wait for 30.
        public var pollTimeout = Duration.seconds(25)
        /// How long a client may neither read nor send before it counts as gone. Default 30 s.
        public var idleTimeout = Duration.seconds(30)
        /// How long nothing may be acknowledged of a full outbox, before the consumer's overflow policy holds. Default 5 s.
        public var stallTimeout = Duration.seconds(5)
        /// How long the application may take to answer the handshake. Default 10 s.
        public var acceptTimeout = Duration.seconds(10)

        /// The defaults.
        public init() {}
    }

    /// About so many bytes go with one answer to a poll.
    private static let batchBytes = 256 << 10

    private let application: any Application<WebSocket>
    private let limits: Limits
    private let table: SessionTable

    /// Serves an application.
    public init(to application: any Application<WebSocket>, limits: Limits = Limits()) {
        self.application = application
        self.limits = limits
        table = SessionTable(limits)
    }

    /// Sessions that there are.
    public var sessionCount: Int { table.count }

    /// Answers one request of a session, or begins one.
    public func callAsFunction(scope: Scope, receive: Receive<HTTP>, send: Send<HTTP>) async throws {
        let request = Request(scope: scope, receive: receive)
        let response =
            switch scope.method {
            case .get: try await read(request)
            case .post: try await post(request)
            case .delete: try await end(request)
            default: throw HTTPError(.methodNotAllowed, headers: [.allow: "GET, POST, DELETE"])
            }
        try await response.send(to: send, answering: scope.method)
    }

    private func session(of request: Request) throws(HTTPError) -> TransportSession {
        try request.refuseOtherSites()
        let session = try table.find(try request.query["_session"], owner: request.user.name)
        if let number = try request.query["_ack"].flatMap({ Int($0) }) { session.acknowledge(number) }
        return session
    }

    // MARK: Requests

    /// GET: messages behind `_ack`, by a poll, or by an event stream with `_transport=sse`.
    private func read(_ request: Request) async throws -> Response {
        let session = try session(of: request)
        let known = try request.lastEventID ?? request.query["_ack"]
        let acknowledged = known.flatMap { Int($0) } ?? 0
        if request.lastEventID != nil { session.acknowledge(acknowledged) }
        guard try request.query["_transport"] == "sse" else {
            let batch = await session.read(
                after: acknowledged, upTo: Self.batchBytes, within: limits.pollTimeout)
            return try .transport(PolledMessages(batch))
        }
        return .events(for: request) { [limits] sender in
            var last = acknowledged
            while true {
                let batch = await session.read(after: last, upTo: Self.batchBytes, within: limits.pollTimeout)
                try Task.checkCancellation()
                for message in batch.messages {
                    try await sender.send(message.event)
                    last = message.number
                }
                if let end = batch.end {
                    // The session stays for a while: if this is lost, the client asks again.
                    return try await sender.send(json: ClosedSession(end), event: "close")
                }
                if batch.isSuperseded { return }
            }
        }
    }

    /// POST: a message, or without `_session` the handshake.
    private func post(_ request: Request) async throws -> Response {
        guard try request.query["_session"] != nil else { return try await open(request) }
        let session = try session(of: request)
        guard let text = try request.query["_seq"] else { return .empty(.noContent) }
        guard let number = Int(text), number > 0 else {
            throw HTTPError(.badRequest, code: "bad_number", "_seq counts the client's messages from 1")
        }
        let body = try await request.body(upTo: limits.messageBytes)
        guard request.scope.mediaType == "application/octet-stream" else {
            guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
                throw HTTPError(.badRequest, code: "bad_text", "a text message is UTF-8")
            }
            try session.receive(.text(text), number: number)
            return .empty(.noContent)
        }
        try session.receive(.bytes(body), number: number)
        return .empty(.noContent)
    }

    /// DELETE: the client closes.
    private func end(_ request: Request) async throws -> Response {
        let session = try session(of: request)
        let code =
            try request.query["_code"].flatMap { UInt16($0) }.map { WebSocketCloseCode(rawValue: $0) }
            ?? .noStatus
        session.finish(code.isSendable ? code : .noStatus, "")
        table.remove(session)
        return .empty(.noContent)
    }

    // MARK: The handshake

    private func open(_ request: Request) async throws -> Response {
        try request.refuseOtherSites()
        let clock = request.scope.connection.clock
        let session = TransportSession(
            id: SecureRandom.token(), owner: request.user.name, address: request.scope.client?.host ?? "",
            limits: limits, clock: clock)
        try table.add(session, clock: clock, readiness: request.app[Readiness.self])
        run(session, try socketScope(of: request, session))
        let timer = Task { [limits] in
            try await clock.sleep(for: limits.acceptTimeout)
            session.answer.finish(.refused(.serviceUnavailable, [:], ByteBuffer()))
        }
        defer { timer.cancel() }
        do {
            switch try await session.answer.next() {
            case .accepted(let subprotocol):
                return try .transport(OpenedSession(session: session.id, protocol: subprotocol), status: .created)
            case .refused(let status, let headers, let body):
                session.finish(.abnormal, "")
                table.remove(session)
                return Response(status: status, headers: headers, body: .bytes(body))
            }
        } catch {
            session.finish(.abnormal, "")
            table.remove(session)
            throw error
        }
    }

    /// Runs the application until it returns, behind the request that has opened the session.
    private func run(_ session: TransportSession, _ scope: Scope) {
        let application = application
        Task(executorPreference: scope.connection.executor) {
            var (scope, receive, send) = (scope, Receive<WebSocket>(session.input), Send<WebSocket>(session))
            do {
                let settled = try await application.settled(scope: &scope, receive: &receive, send: &send)
                try await settled(scope: scope, receive: receive, send: send)
                session.applicationEnded(nil)
            } catch {
                let level = ErrorDisposition(of: error).logLevel
                scope.logger.log(
                    level: level, "a session without a WebSocket has failed", metadata: ["error": "\(error)"])
                session.applicationEnded(error)
            }
        }
    }

    /// What the application sees of the connection: the request's fields, user and session, without what is this
    /// transport's own.
    private func socketScope(of request: Request, _ session: TransportSession) throws(HTTPError) -> Scope {
        var scope = request.scope
        scope.type = WebSocket.type
        scope.scheme = scope.isSecure ? "wss" : "ws"
        scope.method = .get
        scope.path = scope.rootPath + "/" + (scope.route.remaining ?? "")
        scope.rawPath = ""
        scope.route = RouteMatch()
        scope.subprotocols = try request.query.all("_protocol")
        scope.queryString = scope.queryString.split(separator: "&").filter { !$0.hasPrefix("_") }.joined(separator: "&")
        scope.connection.outbox = session
        return scope
    }
}

extension Request {
    /// A request with an `Origin`, which browsers send with every POST and DELETE, is from this site's own page.
    ///
    /// - Throws: ``HTTPError`` 403 `origin_refused`.
    fileprivate func refuseOtherSites() throws(HTTPError) {
        guard let field = headers[.origin] else { return }
        guard let origin = WebOrigin(field), origin.isSame(asHost: headers[.hostField], isSecure: isSecure) else {
            throw HTTPError(.forbidden, code: "origin_refused", "the origin '\(field)' is not allowed")
        }
    }
}
