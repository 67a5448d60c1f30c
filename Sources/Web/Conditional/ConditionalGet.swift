// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Answers 304 when the client has the page already (Django's `ConditionalGetMiddleware`, RFC 9110 §13).
///
/// A 200 to GET whose body is at hand gets an `ETag` from its bytes, unless the view has set one or said `no-store`; a
/// view's own `ETag` and `Last-Modified` count for streams and HEAD too. The view runs in either case: what is saved is
/// the way to the client. Stands behind ``GZip``, if that is there.
public struct ConditionalGet: ImmediateMiddleware {
    /// The longest body that gets a tag, in bytes, when nothing else is said: 1 MiB, half a millisecond's work.
    public static let defaultTagLimit = 1 << 20

    private let tagLimit: Int

    /// The middleware.
    ///
    /// - Parameter tagLimit: the longest body that gets a tag, in bytes.
    public init(tagLimit: Int = ConditionalGet.defaultTagLimit) {
        self.tagLimit = tagLimit
    }

    /// Looks at the response of GET and HEAD.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        guard scope.method == .get || scope.method == .head, let http = send as? Send<HTTP> else { return next }
        let sink = ConditionalSink(
            base: http.sink, method: scope.method, request: scope.headers, tagLimit: tagLimit)
        if let changed = Send<HTTP>(sink) as? Send<Kind> { send = changed }
        return next
    }
}
