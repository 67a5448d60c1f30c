// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceCore
import Synchronization

/// Puts 304 in a response's place when the request's conditions say so.
///
/// The start of a response that gets a tag waits for its body, which comes at once.
final class ConditionalSink: EventSink {
    private enum State {
        case passing
        /// The start, until the body shows whether it is at hand.
        case held(HTTPFields)
        /// Another start has gone out; the body is dropped.
        case replaced
    }

    private let base: any EventSink<HTTP.Outbound>
    private let method: HTTPRequest.Method
    private let request: HTTPFields
    private let tagLimit: Int
    private let state = Mutex(State.passing)

    init(base: any EventSink<HTTP.Outbound>, method: HTTPRequest.Method, request: HTTPFields, tagLimit: Int) {
        self.base = base
        self.method = method
        self.request = request
        self.tagLimit = tagLimit
    }

    func offer(_ event: HTTP.Outbound) throws -> Bool {
        if case .responseStart(let status, let headers) = event {
            guard status == .ok else { return try base.offer(event) }
            guard !isTagged(headers) else { return try begin(headers) }
            state.withLock { $0 = .held(headers) }
            return true
        }
        switch state.withLock({ $0 }) {
        case .passing:
            return try base.offer(event)
        case .held(var headers):
            if case .responseBody(let body, moreBody: false) = event {
                headers[.eTag] = EntityTag(of: body).text
                // An answer that waits for its reader has its tag already when it is offered again.
                guard try begin(headers) else { return false }
                return try offer(event)
            }
            guard try base.offer(.responseStart(status: .ok, headers: headers)) else { return false }
            state.withLock { $0 = .passing }
            return try base.offer(event)
        case .replaced:
            switch event {
            case .responseBody(_, moreBody: true): return true
            case .responseBody, .responseTrailers: return try base.offer(.responseBody(ByteBuffer(), moreBody: false))
            case .informational, .responseStart: return try base.offer(event)
            }
        }
    }

    func writable() async throws {
        try await base.writable()
    }

    /// Whether the response stays with the validators that it has.
    private func isTagged(_ headers: HTTPFields) -> Bool {
        guard method == .get, headers[.eTag] == nil, headers[.cacheControl]?.contains("no-store") != true,
            let length = headers[.contentLength].flatMap({ Int($0) })
        else { return true }
        return length > tagLimit
    }

    /// Offers the start, or what stands in its place.
    private func begin(_ headers: HTTPFields) throws -> Bool {
        let outcome = Preconditions(of: method, request).outcome(
            tag: headers[.eTag].flatMap { EntityTag($0) }, modified: headers[.lastModified].flatMap(HTTPDate.seconds))
        switch outcome {
        case .met:
            guard try base.offer(.responseStart(status: .ok, headers: headers)) else { return false }
            state.withLock { $0 = .passing }
        case .notModified, .failed:
            let status: HTTPResponse.Status = outcome == .notModified ? .notModified : .preconditionFailed
            guard try base.offer(.responseStart(status: status, headers: headers.withoutContent)) else { return false }
            state.withLock { $0 = .replaced }
        }
        return true
    }
}

extension HTTPFields {
    /// The fields without those that describe the bytes of a body (RFC 9110 §15.4.5).
    var withoutContent: HTTPFields {
        var fields = self
        for name in [
            HTTPField.Name.contentLength, .contentType, .contentEncoding, .contentLanguage, .contentRange,
            .acceptRanges, .trailer,
        ] {
            fields[name] = nil
        }
        return fields
    }
}
