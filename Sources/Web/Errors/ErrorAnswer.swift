// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Logging
import SluiceCore

/// The response to a request that has failed.
struct ErrorAnswer {
    private let error: any Error
    private let status: HTTPResponse.Status
    private let headers: HTTPFields
    private let code: String
    private let request: Request

    init(_ error: any Error, _ disposition: ErrorDisposition, _ request: Request) {
        self.error = error
        self.request = request
        (status, headers) = (disposition.status, disposition.headers)
        // The code of a server's own fault is for the log.
        let isTold = status.kind != .serverError || status == .serviceUnavailable
        let own = isTold ? (error as? HTTPError)?.code : nil
        code = own ?? HTTPError.defaultCode(of: status)
    }

    /// What everyone may see.
    var response: Response {
        finished(request.prefersJSON ? json(["error": code]) : page)
    }

    /// What developers see.
    ///
    /// - Parameter scope: That of the view, if it came to one.
    func debugResponse(of scope: Scope) -> Response {
        let report = ErrorReport(error, code: (error as? HTTPError)?.code ?? code, scope: scope)
        if request.prefersJSON { return finished(json(report)) }
        let values = report.values.merging(["status": status.code, "title": title]) { $1 }
        return finished(
            rendered(ErrorPages.debugTemplate, values) ?? .text("\(status.code) \(title)\n\n" + report.plainText))
    }

    private func finished(_ response: Response) -> Response {
        var response = response
        response.status = status
        for field in headers { response.headers[field.name] = field.value }
        response.headers[.cacheControl] = "no-store"
        response.headers.addVary(.accept)
        return response
    }

    private func json(_ value: some Encodable) -> Response {
        (try? .json(value)) ?? .empty(.internalServerError)
    }

    private var title: String {
        request.locale.translation(of: "error.\(status.code)") ?? status.reasonPhrase
    }

    private var page: Response {
        var values: [String: any Sendable] = ["status": status.code, "code": code, "title": title]
        values["detail"] = request.locale.translation(of: "error.\(code)")
        return rendered(ErrorPages.template, values) ?? builtIn
    }

    /// The page from a template; nil when there is none that works.
    private func rendered(_ template: String, _ values: [String: any Sendable]) -> Response? {
        guard request.app[Templates.self]?.contains(template) == true else { return nil }
        do {
            return try request.render(template, values)
        } catch {
            request.logger.error("the error page failed: \(error)")
            return nil
        }
    }

    private var builtIn: Response {
        let heading = HTMLEscaping().escapeText("\(status.code) \(title)")
        return .html(
            """
            <!doctype html>
            <html lang="\(HTMLEscaping().escapeText(request.locale.tag))">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>\(heading)</title></head>
            <body><main><h1>\(heading)</h1></main></body>
            </html>

            """)
    }
}
