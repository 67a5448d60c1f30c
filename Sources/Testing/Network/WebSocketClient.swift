// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore
public import SluiceCore
import SluiceWebSocket
import Synchronization

/// A WebSocket client over a real socket, for tests of servers: says and breaks what a test wants.
///
/// Pings are answered by the one who receives; nothing else happens by itself. One task uses it at a time.
public final class WebSocketClient: Sendable {
    /// What comes from the server.
    public enum Event: Sendable, Hashable {
        /// A whole message.
        case message(WebSocketMessage)
        /// The answer to a ping.
        case pong(ByteBuffer)
        /// A close frame; code 1005 for an empty one.
        case close(WebSocketClose)
        /// The connection is over; comes again on every later receive.
        case ended
    }

    /// What is beneath.
    public let connection: ClientConnection
    /// How the handshake was answered.
    public let answer: WebSocketAnswer
    /// Whether permessage-deflate was offered and taken: then messages go compressed, however small.
    public let isCompressing: Bool
    private let codec: Mutex<ClientCodec>

    /// Asks a server for a WebSocket, and waits for its answer.
    ///
    /// - Parameters:
    ///   - target: path and query.
    ///   - headers: fields beside those of the handshake, such as `Origin` or `Cookie`.
    ///   - deflate: offers permessage-deflate; whether it is used says ``isCompressing``.
    /// - Throws: ``CommunicatorError`` when no response comes, `HandshakeError` when an acceptance is not valid. A
    ///   refusal is no error: see ``answer``.
    public init(
        _ connection: ClientConnection, _ target: String, subprotocols: [String] = [], headers: HTTPFields = [:],
        deflate: Bool = false, timeout: Duration = .seconds(20)
    ) async throws {
        let configuration = deflate ? DeflateConfiguration(threshold: 0) : nil
        let offers = configuration.map { [$0.offer] } ?? []
        let key = WebSocketHandshake.makeKey()
        var fields = HTTPFields()
        for (name, value) in WebSocketHandshake.requestHeaders(
            key: key, subprotocols: subprotocols, extensions: offers)
        {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        fields.append(contentsOf: headers)
        let http = HTTPClient(connection)
        try await http.send(.get, target, headers: fields)
        let response = try await http.receive(timeout: timeout)
        var answer = WebSocketAnswer(status: response.status, headers: response.headers, body: response.body)
        var codec = ClientCodec(deflate: nil)
        if answer.isAccepted {
            let verified = try WebSocketHandshake.verify(
                status: response.status.code, headers: response.headers.map { ($0.name.rawName, $0.value) }, key: key,
                subprotocols: subprotocols, extensions: offers)
            answer.subprotocol = verified.subprotocol
            if let configuration, let parameters = try configuration.agreed(in: verified.extensions) {
                codec = ClientCodec(deflate: (configuration, parameters))
            }
            codec.decoder.feed(http.unread)
        }
        self.connection = connection
        self.answer = answer
        isCompressing = codec.deflate != nil
        self.codec = Mutex(codec)
    }

    // MARK: Sending

    /// Sends a text message.
    public func send(text: String) async throws {
        try await write { $0.writeText(text, into: &$1) }
    }

    /// Sends a binary message.
    public func send(bytes: ByteBuffer) async throws {
        try await write { $0.writeBinary(bytes, into: &$1) }
    }

    /// Sends a ping.
    public func ping(_ payload: ByteBuffer = ByteBuffer()) async throws {
        try await write { $0.encoder.writePing(payload, into: &$1) }
    }

    /// Sends a close frame; code 1005 sends an empty one.
    public func sendClose(_ code: WebSocketCloseCode = .normal, reason: String = "") async throws {
        try await write { $0.encoder.writeClose(CloseCode(rawValue: code.rawValue), reason: reason, into: &$1) }
    }

    /// Sends bytes as they are: broken frames, halves, garbage.
    public func send(raw bytes: ByteBuffer) async throws {
        try await connection.write(bytes)
    }

    private func write(_ encode: (inout ClientCodec, inout ByteBuffer) -> Void) async throws {
        var bytes = ByteBuffer()
        codec.withLock { encode(&$0, &bytes) }
        try await connection.write(bytes)
    }

    // MARK: Receiving

    /// Takes what comes next; pings are answered and passed over.
    ///
    /// - Throws: ``CommunicatorError`` with `timedOut`, `WebSocketError` when the server breaks the protocol.
    public func receive(timeout: Duration = .seconds(20)) async throws -> Event {
        while true {
            while let event = try codec.withLock({ try $0.decoder.next() }) {
                switch event {
                case .text(let bytes): return .message(.text(String(buffer: bytes)))
                case .binary(let bytes): return .message(.bytes(bytes))
                case .pong(let payload): return .pong(payload)
                case .close(let code, let reason):
                    let code = WebSocketCloseCode(rawValue: code?.rawValue ?? WebSocketCloseCode.noStatus.rawValue)
                    return .close(WebSocketClose(code: code, reason: reason))
                case .ping(let payload): try await write { $0.encoder.writePong(payload, into: &$1) }
                }
            }
            switch try await connection.receive(timeout: timeout) {
            case .bytes(let bytes): codec.withLock { $0.decoder.feed(bytes) }
            case .closed: return .ended
            }
        }
    }

    /// Takes the next event, which must be a text message.
    public func receiveText(timeout: Duration = .seconds(20)) async throws -> String {
        let event = try await receive(timeout: timeout)
        guard case .message(.text(let text)) = event else { throw unexpectedEvent("a text message", event) }
        return text
    }

    /// Takes the next event, which must be a binary message.
    public func receiveBytes(timeout: Duration = .seconds(20)) async throws -> ByteBuffer {
        let event = try await receive(timeout: timeout)
        guard case .message(.bytes(let bytes)) = event else { throw unexpectedEvent("a binary message", event) }
        return bytes
    }

    /// Takes the next event, which must be a close frame.
    public func receiveClose(timeout: Duration = .seconds(20)) async throws -> WebSocketClose {
        let event = try await receive(timeout: timeout)
        guard case .close(let close) = event else { throw unexpectedEvent("a close", event) }
        return close
    }

    // MARK: The end

    /// Closes as RFC 6455 §7.1.2 says: a close frame, the server's answer, then the server ends the connection.
    ///
    /// - Returns: the server's close frame. Messages that come before it are passed over.
    @discardableResult
    public func close(
        _ code: WebSocketCloseCode = .normal, reason: String = "", timeout: Duration = .seconds(20)
    ) async throws -> WebSocketClose {
        try await sendClose(code, reason: reason)
        while true {
            switch try await receive(timeout: timeout) {
            case .close(let close):
                guard case .ended = try await receive(timeout: timeout) else {
                    throw CommunicatorError(.unexpected, "the server sends on after its close frame")
                }
                return close
            case .ended: throw CommunicatorError(.connection, "the connection ended without a close frame")
            case .message, .pong: continue
            }
        }
    }

    /// Ends the connection with a reset, without a word.
    public func reset() async {
        await connection.reset()
    }

    private func unexpectedEvent(_ expected: String, _ event: Event) -> CommunicatorError {
        switch event {
        case .message(let message): unexpectedMessage(expected, message)
        case .pong: CommunicatorError(.unexpected, "\(expected) was expected, but a pong came")
        case .close(let close): CommunicatorError(.unexpected, "\(expected) was expected, but a \(close) came")
        case .ended: CommunicatorError(.connection, "\(expected) was expected, but the connection ended")
        }
    }
}
