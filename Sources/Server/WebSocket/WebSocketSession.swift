// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import SluiceCore
import SluiceWebSocket

/// Who answers a WebSocket's handshake. On the connection's event loop.
protocol HandshakeResponder: AnyObject {
    /// Accepts, and puts a WebSocket connection in this one's place.
    func acceptWebSocket(
        _ session: WebSocketSession, subprotocol: String?, headers: HTTPFields
    ) throws -> WebSocketConnection

    /// Answers with a response instead.
    func refuseWebSocket(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer)
}

/// One WebSocket as its application sees it, from the asked-for handshake to the end. On the event loop.
///
/// It stands between the outbox, which any thread may call, and first the connection or stream that answers the handshake,
/// then the WebSocket connection.
final class WebSocketSession {
    private enum Phase {
        case handshake
        case open(WebSocketConnection)
        case ended
    }

    let queue: EventQueue<WebSocket.Inbound>
    let outbox: WebSocketOutbox
    /// What runs the application, until it returns.
    var task: Task<Void, Never>?
    /// Who answers the handshake.
    var responder: (any HandshakeResponder)?

    private var phase = Phase.handshake
    private var early: [(message: WebSocketMessage, compression: MessageCompression)] = []
    private var earlyBytes = 0
    private let host: ApplicationHost
    private let loop: LoopContext
    private let resume: NIOLoopBoundBox<WebSocketConnection?>

    init(host: ApplicationHost, loop: LoopContext) {
        self.host = host
        self.loop = loop
        let resume = NIOLoopBoundBox<WebSocketConnection?>(nil, eventLoop: loop.loop)
        self.resume = resume
        let eventLoop = loop.loop
        queue = EventQueue(onEmpty: {
            eventLoop.run { resume.value?.readMore() }
        })
        outbox = WebSocketOutbox(loop.executor, limit: host.configuration.outboxBytes)
        outbox.bind(self)
    }

    var isEnded: Bool {
        if case .ended = phase { true } else { false }
    }

    /// Takes an application's event.
    ///
    /// - Returns: `false` when the sender has to wait for the client.
    func send(_ event: WebSocket.Outbound, waits: Bool) throws -> Bool {
        switch phase {
        case .open(let connection): return try send(event, to: connection, waits: waits)
        case .handshake: try answer(event)
        case .ended: throw SendError.connectionClosed
        }
        return true
    }

    private func send(
        _ event: WebSocket.Outbound, to connection: WebSocketConnection, waits: Bool
    ) throws -> Bool {
        switch event {
        case .send(let message, let compression):
            return try connection.send(message, compression, waits: waits)
        case .close(let code, let reason):
            try event.validate()
            connection.close(CloseCode(rawValue: code.rawValue), reason: reason)
        case .accept, .deny:
            throw SendError(.wrongState, "the connection was accepted before")
        }
        return true
    }

    private func answer(_ event: WebSocket.Outbound) throws {
        guard let responder else { throw SendError.connectionClosed }
        try event.validate()
        switch event {
        case .accept(let subprotocol, let headers):
            let connection = try responder.acceptWebSocket(self, subprotocol: subprotocol, headers: headers)
            phase = .open(connection)
            self.responder = nil
            resume.value = connection
            for (message, compression) in early { _ = try connection.send(message, compression, waits: false) }
            early = []
        case .send(let message, let compression):
            earlyBytes += message.byteCount
            guard earlyBytes <= host.configuration.outboxBytes else {
                throw SendError(.wrongState, "more than \(host.configuration.outboxBytes) bytes before accept")
            }
            early.append((message, compression))
        case .close:
            refuse(.forbidden, [:], ByteBuffer(string: "403 Forbidden\n"))
        case .deny(let status, let headers, let body):
            refuse(status, headers, body)
        }
    }

    /// Writes a message that many connections get.
    func broadcast(_ message: SharedMessage) {
        switch phase {
        case .open(let connection): connection.broadcast(message)
        case .handshake: try? answer(.send(message.message))  // within the budget of what waits for `accept`
        case .ended: break
        }
    }

    /// Answers the handshake with a response.
    func refuse(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer) {
        guard case .handshake = phase else { return }
        responder?.refuseWebSocket(status, headers, body)
        end(.abnormal, "")
    }

    /// Runs the application, from its `connect` to its return. In the connection's task.
    func serve(_ scope: Scope) async {
        queue.push(.connect)
        var failure: (any Error)?
        do {
            guard let first = host.webSocket else { throw RoutingError.noApplication(WebSocket.self) }
            var (scope, receive, send) = (scope, Receive<WebSocket>(queue), Send<WebSocket>(outbox))
            let application = try await first.settled(scope: &scope, receive: &receive, send: &send)
            try await application(scope: scope, receive: receive, send: send)
        } catch {
            failure = error
        }
        applicationReturned(failure, scope)
        responder = nil
        task = nil
    }

    /// The application has returned or thrown: what it left open is closed here.
    private func applicationReturned(_ failure: (any Error)?, _ scope: Scope) {
        let disposition = failure.map { ErrorDisposition(of: $0) }
        if let failure, let disposition, !(failure is CancellationError) {
            scope.logger.log(
                level: disposition.logLevel, "a WebSocket application threw",
                metadata: ["path": "\(scope.rawPath)", "error": "\(String(describing: failure).prefix(500))"])
        }
        switch phase {
        case .handshake:
            let status = disposition?.status ?? .internalServerError
            refuse(status, disposition?.headers ?? [:], ByteBuffer(string: "\(status.code) \(status.reasonPhrase)\n"))
        case .open(let connection):
            connection.close(
                disposition.map { CloseCode(rawValue: $0.closeCode.rawValue) } ?? .normalClosure, reason: "")
        case .ended:
            break
        }
        outbox.unbind()
        resume.value = nil
    }

    /// Closes from any side but the application's own sends.
    func close(code: WebSocketCloseCode, reason: String) {
        switch phase {
        case .open(let connection): connection.close(CloseCode(rawValue: code.rawValue), reason: reason, abrupt: true)
        case .handshake: refuse(.serviceUnavailable, [:], ByteBuffer(string: "503 Service Unavailable\n"))
        case .ended: break
        }
    }

    /// The connection has ended: the application is told once, and what hangs on the connection is let go.
    func end(_ code: WebSocketCloseCode, _ reason: String) {
        guard !isEnded else { return }
        phase = .ended
        early = []
        queue.finish(.disconnect(code: code, reason: reason))
        outbox.ended()
    }

    var isWritable: Bool {
        if case .open(let connection) = phase { connection.hasRoom } else { true }
    }
}
