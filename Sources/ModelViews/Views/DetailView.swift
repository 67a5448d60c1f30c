// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceModels
public import SluiceWeb

/// One object (Django's `DetailView`): `Route("/books/<int:pk>/", DetailView<Book>(template: "book.html"))`.
///
/// The template sees it as `object`.
public struct DetailView<Root: Model>: View {
    private let settings: ModelViewSettings<Root>

    /// The view.
    public init(_ settings: ModelViewSettings<Root>) {
        self.settings = settings
    }

    /// A view of any object.
    public init(template: String) {
        self.init(ModelViewSettings(template: template))
    }

    /// The page.
    ///
    /// - Throws: ``SluiceWeb/HTTPError`` 404 when there is no such object, 405 for other methods than GET and HEAD.
    public func respond(to request: Request) async throws -> Response {
        try request.require([.get])
        return try await settings.page(request, try await settings.object(for: request))
    }
}

extension Request {
    /// Lets some methods pass alone; HEAD is GET without a body.
    ///
    /// - Throws: ``SluiceWeb/HTTPError`` 405 with `Allow`.
    func require(_ methods: [HTTPRequest.Method]) throws(HTTPError) {
        guard !methods.contains(method == .head ? .get : method) else { return }
        let names = methods.map(\.rawValue) + (methods.contains(.get) ? ["HEAD"] : [])
        throw HTTPError(
            .methodNotAllowed, "\(method.rawValue) is not allowed here",
            headers: [.allow: names.joined(separator: ", ")])
    }
}
