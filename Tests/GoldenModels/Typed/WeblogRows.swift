// SPDX-License-Identifier: Apache-2.0

package import SluiceModels

package struct Blog: Model {
    package static let declaration = GoldenModels.declaration("weblog.Blog")
    package var id: Int
    package var name: String
    package var tagline: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var entries: RelatedSet<Blog, Entry> { related("entry_set", by: "blog") }

    package init(id: Int = 0, name: String, tagline: String) {
        self.id = id
        self.name = name
        self.tagline = tagline
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        tagline = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(tagline)
    }

    package struct Fields: ModelFields {
        package typealias Root = Blog
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var tagline: Expr<String> { path.column("tagline") }
        package var entries: ToMany<Entry> { path.many("entry", accessor: "entry_set", back: "blog") }
    }
}

package struct Writer: Model {
    package static let declaration = GoldenModels.declaration("weblog.Author")
    package var id: Int
    package var name: String
    package var email: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var entries: Many<Entry, NoThrough> { many("entry_set", back: "authors") }

    package init(id: Int = 0, name: String, email: String) {
        self.id = id
        self.name = name
        self.email = email
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        email = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(email)
    }

    package struct Fields: ModelFields {
        package typealias Root = Writer
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var email: Expr<String> { path.column("email") }
        package var entries: ToMany<Entry> { path.many("entry", accessor: "entry_set", back: "authors") }
    }
}

package struct Entry: Model {
    package static let declaration = GoldenModels.declaration("weblog.Entry")
    package var id: Int
    package var blog: Ref<Blog>
    package var headline: String
    package var summary: String?
    package var bodyText: String
    package var pubDate: Day
    package var modDate: Day
    package var createdAt: Timestamp
    package var nComments: Int
    package var nPingbacks: Int
    package var rating: Int?
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var authors: Many<Writer, NoThrough> { many("authors", back: "entry") }

    package init(
        id: Int = 0, blog: Ref<Blog>, headline: String, summary: String? = nil, bodyText: String, pubDate: Day,
        modDate: Day, createdAt: Timestamp, nComments: Int = 0, nPingbacks: Int = 0, rating: Int? = nil
    ) {
        self.id = id
        self.blog = blog
        self.headline = headline
        self.summary = summary
        self.bodyText = bodyText
        self.pubDate = pubDate
        self.modDate = modDate
        self.createdAt = createdAt
        self.nComments = nComments
        self.nPingbacks = nPingbacks
        self.rating = rating
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        blog = try row.next()
        headline = try row.next()
        summary = try row.next()
        bodyText = try row.next()
        pubDate = try row.next()
        modDate = try row.next()
        createdAt = try row.next()
        nComments = try row.next()
        nPingbacks = try row.next()
        rating = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(blog)
        row.add(headline)
        row.add(summary)
        row.add(bodyText)
        row.add(pubDate)
        row.add(modDate)
        row.add(createdAt)
        row.add(nComments)
        row.add(nPingbacks)
        row.add(rating)
    }

    package struct Fields: ModelFields {
        package typealias Root = Entry
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var blog: Blog.Fields { path.one("blog") }
        package var headline: Expr<String> { path.column("headline") }
        package var summary: Expr<String?> { path.column("summary") }
        package var bodyText: Expr<String> { path.column("body_text") }
        package var pubDate: Expr<Day> { path.column("pub_date") }
        package var modDate: Expr<Day> { path.column("mod_date") }
        package var createdAt: Expr<Timestamp> { path.column("created_at") }
        package var nComments: Expr<Int> { path.column("n_comments") }
        package var nPingbacks: Expr<Int> { path.column("n_pingbacks") }
        package var rating: Expr<Int?> { path.column("rating") }
        package var authors: ToMany<Writer> { path.many("authors", back: "entry") }
    }
}

package struct Event: Model {
    package static let declaration = GoldenModels.declaration("weblog.Event")
    package var id: Int
    package var parent: Ref<Event>?
    package var date: Day
    package var title: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var children: OptionalRelatedSet<Event, Event> { optionalRelated("children", by: "parent") }

    package init(id: Int = 0, parent: Ref<Event>? = nil, date: Day, title: String) {
        self.id = id
        self.parent = parent
        self.date = date
        self.title = title
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        parent = try row.next()
        date = try row.next()
        title = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(parent)
        row.add(date)
        row.add(title)
    }

    package struct Fields: ModelFields {
        package typealias Root = Event
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var parent: MaybeOne<Event> { path.maybe("parent") }
        package var date: Expr<Day> { path.column("date") }
        package var title: Expr<String> { path.column("title") }
        package var children: ToMany<Event> { path.many("children", back: "parent") }
    }
}
