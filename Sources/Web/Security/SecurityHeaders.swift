// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

/// Adds the header fields that make browsers careful, to every response that has not set them itself (Django's
/// `SecurityMiddleware` and `XFrameOptionsMiddleware`).
public struct SecurityHeaders: ImmediateMiddleware {
    private let fields: [HTTPField]
    private let strictTransport: HTTPField?

    /// The fields; all are on but HSTS.
    ///
    /// - Parameters:
    ///   - policy: `Content-Security-Policy`; `nil` leaves it out.
    ///   - strictTransportAge: `Strict-Transport-Security` with this `max-age`, on responses over TLS alone. Off by
    ///     default: a browser that has seen it refuses plain HTTP for the host until the time is over.
    public init(policy: ContentSecurityPolicy? = .strict, strictTransportAge: Duration? = nil) {
        var fields: [HTTPField] = [
            HTTPField(name: .xContentTypeOptions, value: "nosniff"),
            HTTPField(name: .referrerPolicy, value: "same-origin"),
            HTTPField(name: .xFrameOptions, value: "DENY"),
            HTTPField(name: .crossOriginOpenerPolicy, value: "same-origin"),
        ]
        if let policy {
            fields.append(HTTPField(name: .contentSecurityPolicy, value: policy.description))
        }
        self.fields = fields
        strictTransport = strictTransportAge.map {
            HTTPField(name: .strictTransportSecurity, value: "max-age=\(max(0, $0.components.seconds))")
        }
    }

    /// Adds the fields to the response's start.
    public func prepare<Kind: ConnectionKind>(
        scope: inout Scope, receive: inout Receive<Kind>, send: inout Send<Kind>, next: any Application<Kind>
    ) throws -> (any Application<Kind>)? {
        let isSecure = scope.isSecure
        send = send.mappingResponseStart { _, headers in
            for field in fields where headers[field.name] == nil { headers.append(field) }
            if isSecure, let strictTransport, headers[strictTransport.name] == nil { headers.append(strictTransport) }
        }
        return next
    }
}
