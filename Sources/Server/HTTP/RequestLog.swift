// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import SluiceCore

/// What is logged of requests, in every version of HTTP.
extension Logger {
    /// An application threw; how loud that is depends on the error.
    func applicationThrew(_ error: any Error, in scope: Scope) {
        log(
            level: ErrorDisposition(of: error).logLevel, "an application threw",
            metadata: Self.request(scope).merging(["error": "\(String(describing: error).prefix(500))"]) { $1 })
    }

    /// An application that still had a client said nothing.
    func applicationIsSilent(in scope: Scope) {
        error("the application returned without a response", metadata: Self.request(scope))
    }

    /// A request and its response are done: one line of the access log.
    func access(_ scope: Scope, status: HTTPResponse.Status?, bodyBytes: Int, took: Duration) {
        let milliseconds = took / .milliseconds(1)
        info(
            "\(scope.method) \(scope.rawPath) \(status?.code ?? 0)",
            metadata: [
                "client": "\(scope.client.map(String.init(describing:)) ?? "-")",
                "bytes": "\(bodyBytes)", "ms": "\((milliseconds * 100).rounded() / 100)",
            ])
    }

    private static func request(_ scope: Scope) -> Logger.Metadata {
        ["method": "\(scope.method)", "path": "\(scope.rawPath)"]
    }
}
