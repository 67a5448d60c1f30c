// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceModels
public import SluiceWeb

/// Asks whether an object is to be deleted, and does it (Django's `DeleteView`).
///
/// GET asks: the template sees `object`. POST and DELETE do it and redirect with 303. Where other objects protect this one
/// the page is shown again with `error`, with 409. Stands behind ``SluiceWeb/CSRF``.
public struct DeleteView<Root: Model>: View {
    private let settings: ModelViewSettings<Root>
    private let next: @Sendable (Root) throws -> String

    /// The view.
    ///
    /// - Parameter next: where the browser goes afterwards (`get_success_url`), by the object as it was.
    public init(_ settings: ModelViewSettings<Root>, next: @escaping @Sendable (Root) throws -> String) {
        self.settings = settings
        self.next = next
    }

    /// The view with a template.
    public init(template: String, next: @escaping @Sendable (Root) throws -> String) {
        self.init(ModelViewSettings(template: template), next: next)
    }

    /// Asks, or deletes.
    ///
    /// - Throws: ``SluiceWeb/HTTPError`` 404, 405; what the database throws.
    public func respond(to request: Request) async throws -> Response {
        try request.require([.get, .post, .delete])
        let object = try await settings.object(for: request)
        guard request.method == .post || request.method == .delete else {
            return try await settings.page(request, object)
        }
        do {
            try await object.delete()
        } catch let error as ModelError where error.code == .protected || error.code == .restricted {
            return try await settings.page(request, object, ["error": error.message], status: .conflict)
        }
        return try .redirect(to: try next(object))
    }
}
