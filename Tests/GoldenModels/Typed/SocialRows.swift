// SPDX-License-Identifier: Apache-2.0

package import SluiceModels

package struct Person: Model {
    package static let declaration = GoldenModels.declaration("social.Person")
    package var id: Int
    package var name: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var groups: Many<Group, Membership> { many("group_set", back: "members", through: Membership.self) }
    package var memberships: RelatedSet<Person, Membership> { related("membership_set", by: "person") }
    package var invites: OptionalRelatedSet<Person, Membership> { optionalRelated("membership_invites", by: "inviter") }
    package var plainGroups: Many<PlainGroup, NoThrough> { many("plaingroup_set", back: "members") }

    package init(id: Int = 0, name: String) {
        self.id = id
        self.name = name
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
    }

    package struct Fields: ModelFields {
        package typealias Root = Person
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var groups: ToMany<Group> { path.many("group", accessor: "group_set", back: "members") }
        package var memberships: ToMany<Membership> {
            path.many("membership", accessor: "membership_set", back: "person")
        }
        package var invites: ToMany<Membership> { path.many("membership_invites", back: "inviter") }
        package var plainGroups: ToMany<PlainGroup> {
            path.many("plaingroup", accessor: "plaingroup_set", back: "members")
        }
    }
}

package struct Group: Model {
    package static let declaration = GoldenModels.declaration("social.Group")
    package var id: Int
    package var name: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var members: Many<Person, Membership> { many("members", back: "group", through: Membership.self) }
    package var memberships: RelatedSet<Group, Membership> { related("membership_set", by: "group") }

    package init(id: Int = 0, name: String) {
        self.id = id
        self.name = name
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
    }

    package struct Fields: ModelFields {
        package typealias Root = Group
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var members: ToMany<Person> { path.many("members", back: "group") }
        package var memberships: ToMany<Membership> {
            path.many("membership", accessor: "membership_set", back: "group")
        }
    }
}

package struct Membership: Model {
    package static let declaration = GoldenModels.declaration("social.Membership")
    package var id: Int
    package var group: Ref<Group>
    package var person: Ref<Person>
    package var inviter: Ref<Person>?
    package var dateJoined: Day
    package var inviteReason: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package init(
        id: Int = 0, group: Ref<Group>, person: Ref<Person>, inviter: Ref<Person>? = nil, dateJoined: Day,
        inviteReason: String = ""
    ) {
        self.id = id
        self.group = group
        self.person = person
        self.inviter = inviter
        self.dateJoined = dateJoined
        self.inviteReason = inviteReason
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        group = try row.next()
        person = try row.next()
        inviter = try row.next()
        dateJoined = try row.next()
        inviteReason = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(group)
        row.add(person)
        row.add(inviter)
        row.add(dateJoined)
        row.add(inviteReason)
    }

    package struct Fields: ModelFields {
        package typealias Root = Membership
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var group: Group.Fields { path.one("group") }
        package var person: Person.Fields { path.one("person") }
        package var inviter: MaybeOne<Person> { path.maybe("inviter") }
        package var dateJoined: Expr<Day> { path.column("date_joined") }
        package var inviteReason: Expr<String> { path.column("invite_reason") }
    }
}

package struct PlainGroup: Model {
    package static let declaration = GoldenModels.declaration("social.PlainGroup")
    package var id: Int
    package var name: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var members: Many<Person, NoThrough> { many("members", back: "plaingroup") }

    package init(id: Int = 0, name: String) {
        self.id = id
        self.name = name
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
    }

    package struct Fields: ModelFields {
        package typealias Root = PlainGroup
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var members: ToMany<Person> { path.many("members", back: "plaingroup") }
    }
}

package struct Place: Model {
    package static let declaration = GoldenModels.declaration("social.Place")
    package var id: Int
    package var name: String
    package var address: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var restaurant: RelatedOne<Restaurant> { relatedOne("place_restaurant", by: "place") }

    package init(id: Int = 0, name: String, address: String) {
        self.id = id
        self.name = name
        self.address = address
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        address = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(address)
    }

    package struct Fields: ModelFields {
        package typealias Root = Place
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var address: Expr<String> { path.column("address") }
        package var restaurant: MaybeOne<Restaurant> { path.maybe("place_restaurant") }
    }
}

package struct Restaurant: Model {
    package static let declaration = GoldenModels.declaration("social.Restaurant")
    package var id: Int
    package var place: Ref<Place>?
    package var servesPizza: Bool
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package init(id: Int = 0, place: Ref<Place>? = nil, servesPizza: Bool = false) {
        self.id = id
        self.place = place
        self.servesPizza = servesPizza
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        place = try row.next()
        servesPizza = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(place)
        row.add(servesPizza)
    }

    package struct Fields: ModelFields {
        package typealias Root = Restaurant
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var place: MaybeOne<Place> { path.maybe("place") }
        package var servesPizza: Expr<Bool> { path.column("serves_pizza") }
    }
}

package struct Reporter: Model {
    package static let declaration = GoldenModels.declaration("social.Reporter")
    package var id: Int
    package var name: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var articles: OptionalRelatedSet<Reporter, NewsArticle> { optionalRelated("article_set", by: "reporter") }

    package init(id: Int = 0, name: String) {
        self.id = id
        self.name = name
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
    }

    package struct Fields: ModelFields {
        package typealias Root = Reporter
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var articles: ToMany<NewsArticle> { path.many("article", accessor: "article_set", back: "reporter") }
    }
}

package struct NewsArticle: Model {
    package static let declaration = GoldenModels.declaration("social.Article")
    package var id: Int
    package var headline: String
    package var reporter: Ref<Reporter>?
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package init(id: Int = 0, headline: String, reporter: Ref<Reporter>? = nil) {
        self.id = id
        self.headline = headline
        self.reporter = reporter
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        headline = try row.next()
        reporter = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(headline)
        row.add(reporter)
    }

    package struct Fields: ModelFields {
        package typealias Root = NewsArticle
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var headline: Expr<String> { path.column("headline") }
        package var reporter: MaybeOne<Reporter> { path.maybe("reporter") }
    }
}
