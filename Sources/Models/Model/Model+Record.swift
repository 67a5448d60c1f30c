// SPDX-License-Identifier: Apache-2.0

extension Model {
    /// The object as the untyped side knows it: for what is made from declarations, such as forms.
    package func record() throws -> Record { try record(in: Databases.required().store.schema) }

    /// The object of a record of its model.
    package init(_ record: Record) throws {
        var row = ModelRow(record, types: [:], prefix: "")
        try self.init(row: &row)
    }
}

extension QuerySet {
    /// The same in an order that says what is first, so that pages of it do not overlap.
    package func inOrder() throws -> QuerySet {
        try isOrdered() ? self : adding(.order([Ordering(name: "pk")]))
    }
}
