// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// Why a request never reaches an application: the status that its client gets, and one line for body and log.
struct RequestRefusal: Error {
    let status: HTTPResponse.Status
    let reason: String
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ reason: String, headers: HTTPFields = [:]) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }

    /// The limit that was reached, if it was one.
    var limit: ServerLimit? {
        switch status {
        case .requestTimeout: .requestTime
        case .uriTooLong, .requestHeaderFieldsTooLarge: .requestSize
        default: nil
        }
    }

    /// A request that is not HTTP/1.1: 400.
    static func malformed(_ reason: String) -> RequestRefusal {
        RequestRefusal(.badRequest, reason)
    }
}
