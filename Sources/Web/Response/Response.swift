// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
import NIOCore
public import SluiceCore

/// An HTTP response: status, fields and body.
public struct Response: Sendable {
    /// The status.
    public var status: HTTPResponse.Status
    /// The header fields. `Content-Length` is set when the response is sent and the body's length is known.
    public var headers: HTTPFields
    /// The body.
    public var body: ResponseBody

    /// A response; 200 without a body when nothing is said.
    public init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: ResponseBody = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Sends the response as the answer to a request.
    ///
    /// The body of an answer to HEAD and of statuses that have none (204, 304) is not sent; the length of the body
    /// that GET would have had is still told for HEAD (RFC 9110 §8.6).
    ///
    /// - Throws: what `send` or a streaming body throws.
    public func send(to send: Send<HTTP>, answering method: HTTPRequest.Method) async throws {
        var headers = headers
        let hasBody = status != .noContent && status != .notModified
        if hasBody, headers[.contentLength] == nil, let length = body.length {
            headers[.contentLength] = String(length)
        }
        try await send(.responseStart(status: status, headers: headers))
        switch body.content {
        case .bytes(let bytes) where hasBody && method != .head:
            try await send(.responseBody(bytes, moreBody: false))
        case .stream(_, let write) where hasBody && method != .head:
            try await write(ResponseWriter(send: send))
            try await send(.responseBody(ByteBuffer(), moreBody: false))
        case .stream(nil, _) where hasBody:
            // In two pieces: a server gives a body of one piece its length, and GET's would not be 0.
            try await send(.responseBody(ByteBuffer(), moreBody: true))
            try await send(.responseBody(ByteBuffer(), moreBody: false))
        default:
            try await send(.responseBody(ByteBuffer(), moreBody: false))
        }
    }
}
