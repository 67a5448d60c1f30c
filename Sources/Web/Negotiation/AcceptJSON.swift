// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

extension Scope {
    /// Whether the client would rather have JSON than a page, by `Accept` (RFC 9110 §12.5.1); where both are as good,
    /// whether it sent JSON itself.
    public var prefersJSON: Bool {
        let accepted = QualityList(headers[.accept])
        let json = accepted.quality(of: "application/json", "application/*", "*/*") ?? 0
        let html = accepted.quality(of: "text/html", "text/*", "*/*") ?? 0
        return json == html ? mediaType == "application/json" : json > html
    }
}

extension Request {
    /// Whether the client would rather have JSON than a page.
    public var prefersJSON: Bool { scope.prefersJSON }
}
