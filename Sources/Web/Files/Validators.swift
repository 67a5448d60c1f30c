// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore

/// By what a client knows whether its copy of a file is still the file (RFC 9110 §8.8).
struct Validators {
    /// From the time of change and the size, as nginx makes it.
    let tag: EntityTag
    private let modified: Int64

    init(modified: (seconds: Int64, nanoseconds: Int), size: Int) {
        self.modified = modified.seconds
        let time = String(modified.seconds, radix: 16) + "." + String(modified.nanoseconds, radix: 16)
        tag = EntityTag(unquoted: "\(time)-\(String(size, radix: 16))")
    }

    /// The fields `ETag` and `Last-Modified`.
    var headers: HTTPFields {
        [.eTag: tag.text, .lastModified: WallTime(seconds: modified).httpDate]
    }

    /// What a request's conditions come to.
    func outcome(of conditions: Preconditions) -> Preconditions.Outcome {
        conditions.outcome(tag: tag, modified: modified)
    }

    /// Whether a part may be sent (RFC 9110 §13.1.5): the client's other parts are of this very file.
    func allowsRange(for headers: HTTPFields) -> Bool {
        guard let condition = headers[.ifRange] else { return true }
        return condition == tag.text || HTTPDate.seconds(condition) == modified
    }
}
