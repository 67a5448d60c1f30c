// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore
public import SluiceModels
public import SluiceWeb

/// What views of one model's objects have in common.
public struct ModelViewSettings<Root: Model>: Sendable {
    /// The template that is filled in.
    public var template: String
    /// Which objects there are for this request (Django's `get_queryset`): what is not among them is not there.
    public var objects: @Sendable (Request) async throws -> QuerySet<Root>
    /// What a template sees of an object. Default: each column under its name, as text, number or truth value, and `pk`.
    public var values: @Sendable (Root, Request) throws -> [String: any Sendable] = { object, _ in
        try object.templateValues()
    }
    /// What a template sees beside that (Django's `get_context_data`).
    public var context: @Sendable (Request) async throws -> [String: any Sendable] = { _ in [:] }
    /// The name of the key in the route. Default `pk`.
    public var keyName = "pk"

    /// Settings of a view; all objects by default.
    public init(
        template: String,
        objects: @escaping @Sendable (Request) async throws -> QuerySet<Root> = { _ in Root.objects.querySet }
    ) {
        self.template = template
        self.objects = objects
    }

    /// The object whose key the route has captured (Django's `get_object`).
    ///
    /// - Throws: ``SluiceWeb/HTTPError`` 404 when there is none for this request; what the database throws.
    func object(for request: Request) async throws -> Root {
        let text = request.route[keyName]
        let model = try RecordStore(try Databases.required()).schema.required(Root.label)
        guard let value = try? Value.text(text).prepared(for: model.primaryKey.kind),
            let key = try? Root.Key(columnValue: value)
        else { throw HTTPError(.notFound, "\(text.prefix(50).debugDescription) is no key of \(Root.label)") }
        do {
            return try await objects(request).get(key)
        } catch let error as ModelError where error.code == .notFound {
            throw HTTPError(.notFound, error.message)
        }
    }

    /// The page with an object, or without one.
    func page(
        _ request: Request, _ object: Root?, _ more: [String: any Sendable] = [:], status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        var all = try await context(request).merging(more) { $1 }
        if let object { all["object"] = try values(object, request) }
        return try request.render(template, all, status: status)
    }
}

extension Model {
    /// Each column under its name, as text, number or truth value, and the key as `pk`.
    public func templateValues() throws -> [String: any Sendable] {
        let record = try record()
        var values: [String: any Sendable] = ["pk": record.key.plainText]
        for (field, value) in zip(record.model.fields, record.values) {
            let shown: any Sendable =
                switch value {
                case nil, .null?: ""
                case .bool(let flag)?: flag
                case .int(let number)?: number
                case .double(let number)?: number
                case let other?: other.plainText
                }
            values[field.attribute] = shown
            if field.attribute != field.name { values[field.name] = shown }
        }
        return values
    }
}
