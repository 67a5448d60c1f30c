// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore

extension Send {
    /// This `send` with the header fields of an HTTP response changed on their way; of other kinds nothing changes.
    ///
    /// - Parameter change: Called once or, when the outbox is full, again for the same response.
    func mappingResponseStart(
        _ change: @escaping @Sendable (HTTPResponse.Status, inout HTTPFields) throws -> Void
    ) -> Self {
        guard let http = self as? Send<HTTP> else { return self }
        let mapped = http.map { event in
            guard case .responseStart(let status, var headers) = event else { return event }
            try change(status, &headers)
            return .responseStart(status: status, headers: headers)
        }
        return mapped as? Self ?? self
    }
}

extension HTTPFields {
    /// Adds a name to `Vary`, so that caches keep the answers apart (Django's `patch_vary_headers`).
    mutating func addVary(_ name: HTTPField.Name) {
        let present = self[.vary] ?? ""
        let names = present.split(separator: ",").map { $0.filter { $0 != " " }.lowercased() }
        guard !names.contains("*"), !names.contains(name.canonicalName) else { return }
        self[.vary] = present.isEmpty ? name.rawName : present + ", " + name.rawName
    }

    /// Whether the response says that it is the same for everyone (RFC 9111 §5.2.2.9), as static files do.
    var isPublic: Bool {
        self[.cacheControl]?.contains("public") ?? false
    }
}
