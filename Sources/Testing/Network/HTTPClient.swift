// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore
import SluiceCore
import Synchronization

/// A minimal HTTP/1.1 client for tests of servers: raw requests out, parsed responses in, one connection kept alive.
///
/// One task uses it at a time.
public final class HTTPClient: Sendable {
    /// What is beneath.
    public let connection: ClientConnection
    private let parser = Mutex(ResponseParser())

    /// A client on a connection.
    public init(_ connection: ClientConnection) {
        self.connection = connection
    }

    /// Sends bytes as they are, for requests that no client would make.
    public func send(raw text: String) async throws {
        try await connection.write(ByteBuffer(string: text))
    }

    /// Sends a request with `Host` and, where there is a body, `Content-Length`.
    public func send(
        _ method: HTTPRequest.Method = .get, _ target: String, headers: HTTPFields = [:],
        body: ByteBuffer = ByteBuffer()
    ) async throws {
        var text = "\(method.rawValue) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for field in headers { text += "\(field.name.rawName): \(field.value)\r\n" }
        if body.readableBytes > 0 { text += "Content-Length: \(body.readableBytes)\r\n" }
        var bytes = ByteBuffer(string: text + "\r\n")
        var body = body
        bytes.writeBuffer(&body)
        try await connection.write(bytes)
    }

    /// Takes the next response, informational ones too.
    ///
    /// - Parameters:
    ///   - isHead: whether it answers a HEAD request.
    ///   - timeout: for each read of the connection.
    /// - Throws: ``CommunicatorError``: `unexpected` for what is no response, `connection` when the server closed
    ///   within one or instead of one, `timedOut`.
    public func receive(isHead: Bool = false, timeout: Duration = .seconds(20)) async throws -> HTTPTestResponse {
        while true {
            if let response = try parser.withLock({ try $0.next(isHead: isHead) }) { return response }
            switch try await connection.receive(timeout: timeout) {
            case .bytes(let bytes): parser.withLock { $0.feed(bytes) }
            case .closed: parser.withLock { $0.close() }
            }
        }
    }

    /// Sends a request and takes its response.
    public func request(
        _ method: HTTPRequest.Method = .get, _ target: String, headers: HTTPFields = [:],
        body: ByteBuffer = ByteBuffer(), timeout: Duration = .seconds(20)
    ) async throws -> HTTPTestResponse {
        try await send(method, target, headers: headers, body: body)
        return try await receive(isHead: method == .head, timeout: timeout)
    }

    /// Bytes that came behind the last response and were not read.
    public var unread: ByteBuffer { parser.withLock { $0.input } }

    /// Waits until the server closes.
    ///
    /// - Throws: ``CommunicatorError``: `unexpected` when bytes come, `timedOut`.
    public func expectClose(timeout: Duration = .seconds(20)) async throws {
        guard unread.readableBytes == 0, case .closed = try await connection.receive(timeout: timeout) else {
            throw CommunicatorError(.unexpected, "the connection's end was expected, but bytes came")
        }
    }
}
