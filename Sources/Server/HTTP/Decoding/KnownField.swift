// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// A field name that needs no string of its own, and what the field says to the server.
struct KnownField {
    /// What the server itself reads of a field. Whatever has a role is refused among trailers: there it would come
    /// after it was needed (RFC 9110 §6.5.1).
    enum Role {
        case ordinary, host, contentLength, transferEncoding, connection, expect, upgrade, webSocketKey
        /// Says who asks, or how the content is to be read.
        case authentication, content
    }

    let name: HTTPField.Name
    let role: Role

    /// The entry of a name in any case; `nil` for one that is not common.
    static func find(_ name: UnsafeRawBufferPointer) -> KnownField? {
        guard name.count < byLength.count else { return nil }
        for entry in byLength[name.count] where entry.matches(name) { return entry.field }
        return nil
    }

    private struct Entry {
        let lowercase: [UInt8]
        let field: KnownField

        func matches(_ name: UnsafeRawBufferPointer) -> Bool {
            // From the end: names of one length rather begin alike (`content-`, `sec-websocket-`).
            var index = name.count - 1
            while index >= 0 {
                guard name[index].lowercased == lowercase[index] else { return false }
                index -= 1
            }
            return true
        }
    }

    private static let byLength: [[Entry]] = {
        let all = roles + host + plain.map { KnownField(name: $0, role: .ordinary) }
        var table: [[Entry]] = []
        for field in all {
            let lowercase = Array(field.name.canonicalName.utf8)
            while table.count <= lowercase.count { table.append([]) }
            table[lowercase.count].append(Entry(lowercase: lowercase, field: field))
        }
        return table
    }()

    private static let roles: [KnownField] = [
        KnownField(name: .contentLength, role: .contentLength),
        KnownField(name: .transferEncoding, role: .transferEncoding), KnownField(name: .connection, role: .connection),
        KnownField(name: .expect, role: .expect), KnownField(name: .upgrade, role: .upgrade),
        KnownField(name: .secWebSocketKey, role: .webSocketKey),
        KnownField(name: .authorization, role: .authentication), KnownField(name: .cookie, role: .authentication),
        KnownField(name: .proxyAuthorization, role: .authentication),
        KnownField(name: .contentEncoding, role: .content), KnownField(name: .contentType, role: .content),
        KnownField(name: .contentRange, role: .content),
    ]

    /// HTTPTypes keeps its constant of this name to itself.
    private static let host = HTTPField.Name("Host").map { [KnownField(name: $0, role: .host)] } ?? []

    private static let plain: [HTTPField.Name] =
        [
            .accept, .acceptEncoding, .acceptLanguage, .cacheControl, .date, .ifMatch, .ifModifiedSince, .ifNoneMatch,
            .ifRange, .ifUnmodifiedSince, .origin, .priority, .range, .referer, .secWebSocketExtensions,
            .secWebSocketProtocol, .secWebSocketVersion, .te, .trailer, .userAgent, .via,
        ]
        + [
            "DNT", "Forwarded", "Keep-Alive", "Pragma", "Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform",
            "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-User", "Upgrade-Insecure-Requests",
            "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Real-IP",
            "X-Request-ID", "X-Requested-With",
        ].compactMap { HTTPField.Name($0) }
}
