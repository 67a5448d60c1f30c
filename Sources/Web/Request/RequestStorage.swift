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
        /// A multipart form of which a part has been read.
        case form(FormReader)
        case collected(ByteBuffer)
        case failed(HTTPError)
    }

    private struct State {
        var body = Body.unread
        var query: FormFields?
        var form: Form?
    }

    let receive: Receive<HTTP>
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
    var form: Form? {
        get { state.withLock { $0.form } }
        set { state.withLock { $0.form = newValue } }
    }

    /// Reads a multipart form to its end, or on until a field is known; `start` makes the reader on first use.
    ///
    /// - Parameter change: What this caller wants of the reader.
    func multipartForm(
        until field: String? = nil, start: () throws(HTTPError) -> FormReader, change: (inout FormReader) -> Void
    ) async throws -> Form {
        let started = try state.withLock { state -> FormReader? in
            switch state.body {
            case .form(let reader):
                state.body = .streaming
                return reader
            case .unread:
                state.body = .streaming
                return nil
            case .failed(let error): throw error
            case .collected, .streaming, .ended: throw Self.alreadyRead
            }
        }
        do {
            var reader = try started ?? start()
            change(&reader)
            try await reader.read(from: receive, until: field)
            let form = reader.form
            state.withLock { state in
                state.body = reader.isComplete ? .ended : .form(reader)
                if reader.isComplete { state.form = form }
            }
            return form
        } catch let error as HTTPError {
            state.withLock { $0.body = .failed(error) }
            throw error
        }
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
            case .streaming, .ended, .form: throw Self.alreadyRead
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
            case .form: throw Self.alreadyRead
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

/// The storage of a middleware that had to read a part of the body, for all that stands behind it.
enum SharedStorageKey: ScopeKey {
    static var defaultValue: RequestStorage? { nil }
}
