// SPDX-License-Identifier: Apache-2.0

public import SluiceModels
public import SluiceWeb

/// A form that changes an object (Django's `UpdateView`), in every other way as ``CreateView``: only the form's fields are
/// written. The object is found as by ``DetailView``.
public struct UpdateView<Root: Model>: View {
    private let page: FormPage<Root>

    /// The view.
    ///
    /// - Parameters:
    ///   - prepare: looks at the form before it is saved, and may add errors (Django's `form_valid`).
    ///   - next: where the browser goes afterwards (`get_success_url`).
    public init(
        form: ModelForm<Root>, _ settings: ModelViewSettings<Root>,
        prepare: @escaping @Sendable (inout BoundModelForm<Root>, Request) async throws -> Void = { _, _ in },
        next: @escaping @Sendable (Root) throws -> String
    ) {
        page = FormPage(form: form, settings: settings, prepare: prepare, next: next)
    }

    /// The view with a template.
    public init(form: ModelForm<Root>, template: String, next: @escaping @Sendable (Root) throws -> String) {
        self.init(form: form, ModelViewSettings(template: template), next: next)
    }

    /// Shows the form, or takes it.
    ///
    /// - Throws: ``SluiceWeb/HTTPError`` 404, 405; what reading the form and the database throw.
    public func respond(to request: Request) async throws -> Response {
        try await page.respond(to: request, about: try await page.settings.object(for: request))
    }
}
