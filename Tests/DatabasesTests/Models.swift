// SPDX-License-Identifier: Apache-2.0

import Sluice

/// A model as an application writes it without macros.
struct Shelf: Model {
    static let declaration = ModelDeclaration(
        "library", "Shelf",
        [FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("name", .char(40), unique: true)])

    var id = 0
    var name: String
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }
    var books: RelatedSet<Shelf, Volume> { related("books", by: "shelf") }

    init(name: String) { self.name = name }

    init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
    }

    struct Fields: ModelFields {
        typealias Root = Shelf
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var name: Expr<String> { path.column("name") }
        var books: ToMany<Volume> { path.many("books", back: "shelf") }
    }
}

struct Volume: Model {
    static let declaration = ModelDeclaration(
        "library", "Volume", ordering: ["title"],
        [
            FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("title", .char(100)),
            FieldDeclaration("pages", .integer, null: true),
            .reference("shelf", to: "Shelf", onDelete: .cascade, relatedName: "books"),
            .manyToMany("readers", to: "people.Reader", relatedName: "volumes"),
        ])

    var id = 0
    var title: String
    var pages: Int?
    var shelf: Ref<Shelf>
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }
    var readers: Many<Reader, NoThrough> { many("readers", back: "volumes") }

    init(title: String, pages: Int? = nil, shelf: Shelf) {
        self.title = title
        self.pages = pages
        self.shelf = .to(shelf)
    }

    init(row: inout ModelRow) throws {
        id = try row.next()
        title = try row.next()
        pages = try row.next()
        shelf = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(title)
        row.add(pages)
        row.add(shelf)
    }

    struct Fields: ModelFields {
        typealias Root = Volume
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var title: Expr<String> { path.column("title") }
        var pages: Expr<Int?> { path.column("pages") }
        var shelf: Shelf.Fields { path.one("shelf") }
        var readers: ToMany<Reader> { path.many("readers", back: "volumes") }
    }
}

struct Reader: Model {
    static let declaration = ModelDeclaration(
        "people", "Reader",
        [FieldDeclaration("id", .bigAuto, primaryKey: true), FieldDeclaration("name", .char(40))])

    var id = 0
    var name: String
    var state = ModelState()
    var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    init(name: String) { self.name = name }

    init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        state = try row.state()
    }

    func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
    }

    struct Fields: ModelFields {
        typealias Root = Reader
        let path: FieldPath
        var id: Expr<Int> { path.column("id") }
        var name: Expr<String> { path.column("name") }
        var volumes: ToMany<Volume> { path.many("volumes", back: "readers") }
    }
}

/// The plug-in that brings them.
struct Library: Plugin {
    let name = "library"

    func contribute(to contributions: inout Contributions) {
        contributions.add(to: .models) {
            Reader.self
            Shelf.self
            Volume.self
        }
    }
}
