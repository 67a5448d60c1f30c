// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import SluiceModels
public import SluiceWeb

/// A page of objects (Django's `ListView`): `Route("/books/", ListView<Book>(template: "books.html"))`.
///
/// The template sees `object_list`, `page_obj` (see ``SluiceWeb/PageBounds/templateValues``) and `is_paginated`; the page
/// is chosen by `?page=`, a number or `last`. A set without an order is ordered by its key, so that pages do not overlap.
public struct ListView<Root: Model>: View {
    private let settings: ModelViewSettings<Root>
    private let pageSize: Int
    private let orphans: Int
    private let pageName: String

    /// The view.
    ///
    /// - Parameters:
    ///   - pageSize: objects on a page, 1 to 1,000 (`paginate_by`). Default 50: there is no list without an end.
    ///   - orphans: a last page of so few objects or fewer is part of the one before (`paginate_orphans`).
    ///   - pageName: the field of the query (`page_kwarg`).
    public init(
        _ settings: ModelViewSettings<Root>, pageSize: Int = 50, orphans: Int = 0, pageName: String = "page"
    ) {
        self.settings = settings
        self.pageSize = pageSize
        self.orphans = orphans
        self.pageName = pageName
    }

    /// A view of all objects, see ``init(_:pageSize:orphans:pageName:)``.
    public init(template: String, pageSize: Int = 50) {
        self.init(ModelViewSettings(template: template), pageSize: pageSize)
    }

    /// The page.
    ///
    /// - Throws: ``SluiceWeb/HTTPError`` 404 `no_page` for a page that there is not, 405 for other methods than GET and HEAD.
    public func respond(to request: Request) async throws -> Response {
        try request.require([.get])
        let objects = try await settings.objects(request)
        let paginator = Paginator(count: try await objects.count(), perPage: pageSize, orphans: orphans)
        let page = try paginator.page(try request.query[pageName])
        let found = page.range.isEmpty ? [] : try await objects.inOrder()[page.range].fetch()
        return try await settings.page(
            request, nil,
            [
                "object_list": try found.map { try settings.values($0, request) }, "page_obj": page.templateValues,
                "is_paginated": paginator.pageCount > 1,
            ])
    }
}
