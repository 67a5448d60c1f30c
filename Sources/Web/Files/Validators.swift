// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore

/// By what a client knows whether its copy of a file is still the file (RFC 9110 §8.8).
struct Validators {
    /// From the time of change and the size, as nginx makes it.
    let tag: String
    private let modified: Int64

    init(modified: (seconds: Int64, nanoseconds: Int), size: Int) {
        self.modified = modified.seconds
        let time = String(modified.seconds, radix: 16) + "." + String(modified.nanoseconds, radix: 16)
        tag = "\"\(time)-\(String(size, radix: 16))\""
    }

    /// The fields `ETag` and `Last-Modified`.
    var headers: HTTPFields {
        [.eTag: tag, .lastModified: WallTime(seconds: modified).httpDate]
    }

    /// Whether a conditional request is answered with 304 (RFC 9110 §13.2.2): a tag goes before a date.
    func isUnchanged(for headers: HTTPFields) -> Bool {
        if let tags = headers[.ifNoneMatch] {
            return tags.split(separator: ",").contains { entry in
                let entry = entry.filter { $0 != " " && $0 != "\t" }
                return entry == "*" || entry == tag || entry == "W/" + tag
            }
        }
        guard let since = headers[.ifModifiedSince].flatMap(HTTPDate.seconds) else { return false }
        return modified <= since
    }

    /// Whether a part may be sent (RFC 9110 §13.1.5): the client's other parts are of this very file.
    func allowsRange(for headers: HTTPFields) -> Bool {
        guard let condition = headers[.ifRange] else { return true }
        return condition == tag || HTTPDate.seconds(condition) == modified
    }
}
