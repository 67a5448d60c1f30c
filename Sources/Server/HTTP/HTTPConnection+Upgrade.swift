// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import NIOCore
import SluiceCore
import SluiceWebSocket

/// How a handshake is answered (RFC 6455 §4.2.2).
extension HTTPConnection: HandshakeResponder {
    /// Answers 101 and puts a WebSocket connection in this one's place; bytes that came behind the request go to it.
    func acceptWebSocket(
        _ session: WebSocketSession, subprotocol: String?, headers: HTTPFields
    ) throws -> WebSocketConnection {
        guard let context, let exchange = current, case .webSocket(let request) = exchange.kind else {
            throw SendError.connectionClosed
        }
        try request.checkAnswer(subprotocol: subprotocol, headers)
        var head = ByteBuffer()
        head.writeStaticString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        head.writeString("Sec-WebSocket-Accept: \(WebSocketHandshake.accept(forKey: request.key))\r\n")
        if let subprotocol { head.writeString("Sec-WebSocket-Protocol: \(subprotocol)\r\n") }
        let compression = loop.deflate?.accept(request.extensions)
        if let compression { head.writeString("Sec-WebSocket-Extensions: \(compression.header)\r\n") }
        head.writeString("Date: \(loop.httpDate(host.clock))\r\n")
        if let name = host.configuration.serverName { head.writeString("Server: \(name)\r\n") }
        for field in headers {
            guard field.value.utf8.allSatisfy({ $0 != 0x0D && $0 != 0x0A && $0 != 0 }) else {
                throw SendError(.invalidHeader, "the value of \(field.name) has a line break or NUL")
            }
            head.writeString("\(field.name.rawName): \(field.value)\r\n")
        }
        head.writeStaticString("\r\n")

        let connection = WebSocketConnection(
            host: host, loop: loop, session: session, path: exchange.scope.rawPath,
            deflate: compression?.deflate, tls: tls, id: id)
        let pipeline = context.pipeline.syncOperations
        loop.replace(self, with: connection)
        try pipeline.addHandler(connection, position: .after(self))
        // The responses to requests before this one, of the same turn.
        if out.readableBytes > 0 { context.write(wrapOutboundOut(out), promise: nil) }
        out = ByteBuffer()
        context.write(wrapOutboundOut(head), promise: nil)
        connection.needsFlush()
        self.session = nil
        current = nil
        pipeline.removeHandler(self, promise: nil)
        let rest = decoder.takeRest()
        if rest.readableBytes > 0 { connection.takeRest(rest) }
        connection.start()
        return connection
    }

    /// Answers the handshake with a response, and ends the connection: behind an upgrade request nothing is parsed.
    func refuseWebSocket(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer) {
        guard !isEnded, let exchange = current else { return }
        session = nil
        exchange.response.closeAfterwards()
        write(status, headers, body, to: &exchange.response)
        if host.configuration.accessLog { logAccess(exchange) }
        current = nil
        // Frames may stand behind the request already.
        closeWhenFlushed(lingering: true)
    }

    /// The application has neither accepted nor refused in time.
    func acceptTimedOut() {
        guard let session else { return }
        logger.warning("a WebSocket application did not answer the handshake in time")
        session.refuse(.serviceUnavailable, [:], ByteBuffer(string: "503 Service Unavailable\n"))
        if let task {
            loop.loop.scheduleTask(in: .seconds(Int64(host.configuration.applicationCloseTimeout))) { task.cancel() }
        }
    }
}
