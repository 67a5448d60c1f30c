// SPDX-License-Identifier: Apache-2.0

import Foundation
import Sluice

/// `/lesson/<name>/`: a page that talks to one consumer, with the consumer's source below.
struct LessonPage: MethodView {
    /// The beginning of the page's texts in the catalogue, such as `lessonEcho`.
    private let texts: String
    private let socket: String
    private let source: String?

    /// - Parameter file: the consumer's source, beside this file; read here, once.
    init(texts: String, socket: String, file: String) {
        self.texts = texts
        self.socket = socket
        let path = ((try? ResourceFolders())?.root).map { $0 + "/Example/Lessons/" + file }
        source = path.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) }
    }

    var handlers: [MethodHandler] { [.get(show)] }

    func show(_ request: Request) async throws -> Response {
        var values: [String: any Sendable] = [
            "socket": socket, "heading": request.text(texts), "lead": request.text(texts + "Lead"),
        ]
        values["source"] = source
        return try request.page("lesson.html", values)
    }
}
