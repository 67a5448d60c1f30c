// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceCore

extension Scope {
    /// Whether the client would rather have JSON than a page, by `Accept` (RFC 9110 §12.5.1); where both are as good,
    /// whether it sent JSON itself.
    public var prefersJSON: Bool {
        let accepted = AcceptedTypes(headers[.accept])
        let json = accepted.quality(of: "application/json")
        let html = accepted.quality(of: "text/html")
        return json == html ? mediaType == "application/json" : json > html
    }
}

extension Request {
    /// Whether the client would rather have JSON than a page.
    public var prefersJSON: Bool { scope.prefersJSON }

    /// Whether the client takes a media type (Django's `request.accepts`): any, when it does not say.
    public func accepts(_ type: String) -> Bool {
        AcceptedTypes(headers[.accept]).quality(of: type) > 0
    }

    /// Which of some media types the client would rather have (Django's `get_preferred_type`); nil when it takes none.
    ///
    /// - Parameter types: the best first, which counts where the client likes several as much.
    public func preferredType(among types: [String]) -> String? {
        let accepted = AcceptedTypes(headers[.accept])
        var best: (type: String, quality: Int)?
        for type in types {
            let quality = accepted.quality(of: type)
            if quality > best?.quality ?? 0 { best = (type, quality) }
        }
        return best?.type
    }
}

extension Response {
    /// The form of an answer that the client would rather have, with `Vary: Accept`.
    ///
    /// ```swift
    /// try await .negotiated(for: request, [
    ///     "text/html": { try request.render("ticket.html", values) },
    ///     "application/json": { try .json(ticket) },
    /// ])
    /// ```
    ///
    /// - Parameter forms: by media type, the best first; only the chosen one is made.
    /// - Throws: ``HTTPError`` 406 `not_acceptable` when the client takes none; what making it throws.
    public static func negotiated(
        for request: Request, _ forms: KeyValuePairs<String, () async throws -> Response>
    ) async throws -> Self {
        let types = forms.map(\.key)
        guard let type = request.preferredType(among: types), let form = forms.first(where: { $0.key == type }) else {
            throw HTTPError(
                .notAcceptable, code: "not_acceptable", "there is \(types.joined(separator: ", "))",
                headers: [.vary: "Accept"])
        }
        let make = form.value
        var response = try await make()
        response.headers.addVary(.accept)
        return response
    }
}
