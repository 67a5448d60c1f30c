// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import Synchronization

/// What copies of one request share: the body, which is read once, and what has been parsed.
final class RequestStorage: Sendable {
    private enum Body {
        case unread
        case streaming
        case ended
        case collected(ByteBuffer)
        case failed(HTTPError)
    }

    private struct State {
        var body = Body.unread
        var query: FormFields?
        var form: FormFields?
    }

    private let receive: Receive<HTTP>
    private let state = Mutex(State())

    init(receive: Receive<HTTP>) {
        self.receive = receive
    }

    /// The parsed query; parsed on first use.
    func query(of text: String) throws(HTTPError) -> FormFields {
        if let query = state.withLock({ $0.query }) { return query }
        let query = try FormFields(parsing: text)
        state.withLock { $0.query = query }
        return query
    }

    /// The parsed form, if it was parsed before.
    var form: FormFields? {
        get { state.withLock { $0.form } }
        set { state.withLock { $0.form = newValue } }
    }

    /// The whole body; read on first use and kept.
    func collect(upTo limit: Int) async throws -> ByteBuffer {
        let kept = try state.withLock { state -> ByteBuffer? in
            switch state.body {
            case .unread:
                state.body = .streaming
                return nil
            case .collected(let bytes): return bytes
            case .failed(let error): throw error
            case .streaming, .ended: throw Self.alreadyRead
            }
        }
        if let kept {
            guard kept.readableBytes <= limit else { throw RequestBody.tooLarge(limit: limit) }
            return kept
        }
        do {
            let bytes = try await receive.collectBody(upTo: limit)
            state.withLock { $0.body = .collected(bytes) }
            return bytes
        } catch let error as HTTPError {
            state.withLock { $0.body = .failed(error) }
            throw error
        }
    }

    /// The next piece for a reader that takes the body as it comes; nil at the end.
    func next(first: Bool) async throws -> ByteBuffer? {
        let kept = try state.withLock { state -> ByteBuffer?? in
            switch state.body {
            case .unread, .streaming:
                guard first == isUnread(state.body) else { throw Self.alreadyRead }
                state.body = .streaming
                return nil
            case .collected(let bytes): return first ? .some(bytes) : .some(nil)
            case .ended:
                guard !first else { throw Self.alreadyRead }
                return .some(nil)
            case .failed(let error): throw error
            }
        }
        if let kept { return kept }
        while true {
            guard case .request(let body, let moreBody) = try await receive() else { throw RequestBody.clientGone }
            if !moreBody { state.withLock { $0.body = .ended } }
            if body.readableBytes > 0 { return body }
            if !moreBody { return nil }
        }
    }

    private func isUnread(_ body: Body) -> Bool {
        if case .unread = body { true } else { false }
    }

    private static let alreadyRead = HTTPError(
        .internalServerError, code: "body_already_read", "the request's body is streamed once and was read before")
}
