// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// The conditions of a request (RFC 9110 §13.1).
struct Preconditions {
    /// What becomes of the request.
    enum Outcome: Sendable, Hashable {
        /// It is answered as if it had no conditions.
        case met
        /// The client has what it asks for: 304.
        case notModified
        /// 412.
        case failed
    }

    private let method: HTTPRequest.Method
    private let headers: HTTPFields

    init(of method: HTTPRequest.Method, _ headers: HTTPFields) {
        self.method = method
        self.headers = headers
    }

    /// Whether there are none, as in most requests.
    static func areAbsent(in headers: HTTPFields) -> Bool {
        headers[.ifNoneMatch] == nil && headers[.ifModifiedSince] == nil && headers[.ifMatch] == nil
            && headers[.ifUnmodifiedSince] == nil
    }

    /// Weighs them in the order of RFC 9110 §13.2.2, where a tag goes before a date.
    ///
    /// - Parameters:
    ///   - tag: of what there is; nil when it has none.
    ///   - modified: when it was changed, in seconds since 1970; nil when nobody knows.
    func outcome(tag: EntityTag?, modified: Int64?) -> Outcome {
        if let tags = headers[.ifMatch] {
            guard EntityTagList(tags).containsStrongly(tag) else { return .failed }
        } else if let modified, let date = headers[.ifUnmodifiedSince].flatMap(HTTPDate.seconds), modified > date {
            return .failed
        }
        let isRead = method == .get || method == .head
        if let tags = headers[.ifNoneMatch] {
            guard EntityTagList(tags).containsWeakly(tag) else { return .met }
            return isRead ? .notModified : .failed
        }
        guard isRead, let modified, let date = headers[.ifModifiedSince].flatMap(HTTPDate.seconds) else { return .met }
        return modified <= date ? .notModified : .met
    }
}
