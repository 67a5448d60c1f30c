// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import NIOCore
import SluiceCore

/// A request's body as it arrives: `for try await piece in request.body`.
///
/// The next piece is read from the socket when the loop asks for it, so a slow reader slows the client down and holds
/// one piece in memory. There is no limit: count what you keep, or use ``Request/body(upTo:)``. Read once; a body that
/// was collected before comes as one piece.
public struct RequestBody: AsyncSequence, Sendable {
    /// A piece, never empty.
    public typealias Element = ByteBuffer

    /// Takes the pieces in order.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let storage: RequestStorage
        var first = true

        /// The next piece; `nil` at the end.
        ///
        /// - Throws: ``HTTPError`` 400 `client_gone` when the client goes before the end; 500 `body_already_read`.
        public mutating func next() async throws -> ByteBuffer? {
            defer { first = false }
            return try await storage.next(first: first)
        }
    }

    let storage: RequestStorage

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(storage: storage)
    }

    static func tooLarge(limit: Int) -> HTTPError {
        HTTPError(.contentTooLarge, code: "too_large", "the request's body is over \(limit) bytes")
    }

    static let clientGone = HTTPError(.badRequest, code: "client_gone", "the client went before the body's end")
}

extension Receive where Kind == HTTP {
    /// Reads the whole body into memory, without a copy when it comes in one piece.
    func collectBody(upTo limit: Int) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        while true {
            guard case .request(var body, let moreBody) = try await callAsFunction() else {
                throw RequestBody.clientGone
            }
            guard bytes.readableBytes + body.readableBytes <= limit else { throw RequestBody.tooLarge(limit: limit) }
            if bytes.readableBytes == 0 { bytes = body } else { bytes.writeBuffer(&body) }
            if !moreBody { return bytes }
        }
    }
}
