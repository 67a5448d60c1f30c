// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
import SluiceModels
import SluiceWeb

/// What ``CreateView`` and ``UpdateView`` have in common.
struct FormPage<Root: Model>: Sendable {
    let form: ModelForm<Root>
    let settings: ModelViewSettings<Root>
    let prepare: @Sendable (inout BoundModelForm<Root>, Request) async throws -> Void
    let next: @Sendable (Root) throws -> String

    func respond(to request: Request, about object: Root?) async throws -> Response {
        try request.require([.get, .post])
        guard request.method == .post else {
            return try await show(try await form.unbound(object), request, object)
        }
        var bound = try await form.bind(try await request.form(), to: object)
        if bound.isValid { try await prepare(&bound, request) }
        if bound.isValid, let saved = try await bound.save(in: request.app[MediaStorage.self]) {
            return try .redirect(to: try next(saved))
        }
        return try await show(bound, request, object, status: .unprocessableContent)
    }

    private func show(
        _ bound: BoundModelForm<Root>, _ request: Request, _ object: Root?, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        try await settings.page(request, object, ["form": bound.templateValues(for: request)], status: status)
    }
}
