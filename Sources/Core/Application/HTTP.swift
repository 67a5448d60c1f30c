// SPDX-License-Identifier: Apache-2.0

public import HTTPTypes
public import NIOCore

/// An HTTP request and its response (ASGI's `http` scope).
///
/// The application receives one or more ``Inbound/request(body:moreBody:)`` events and sends
/// ``Outbound/responseStart(status:headers:)`` once, then bodies until one says that no more follow.
public enum HTTP: ConnectionKind {
    /// `http`.
    public static var type: String { "http" }

    /// What an application receives.
    public enum Inbound: Sendable {
        /// A piece of the request's body (`http.request`); an empty body is one event with an empty buffer.
        ///
        /// The server reads on only when the application has taken the piece.
        case request(body: ByteBuffer, moreBody: Bool)
        /// The client has gone, or the response is complete (`http.disconnect`). Comes again on every later receive.
        case disconnect
    }

    /// What an application sends.
    public enum Outbound: Sendable {
        /// An informational (1xx) response before the final one, such as 103 (ASGI extension `http.response.early_hint`).
        case informational(status: HTTPResponse.Status, headers: HTTPFields)
        /// Status and headers (`http.response.start`), sent once.
        ///
        /// Without `Content-Length` the body is sent chunked, or, when it is one piece, with its length.
        case responseStart(status: HTTPResponse.Status, headers: HTTPFields)
        /// A piece of the response's body (`http.response.body`).
        case responseBody(ByteBuffer, moreBody: Bool)
        /// Trailer fields (`http.response.trailers`), sent instead of a last body piece; HTTP/1.1 needs a chunked body.
        case responseTrailers(HTTPFields)
    }
}
