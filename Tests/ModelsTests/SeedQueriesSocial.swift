// SPDX-License-Identifier: Apache-2.0

import GoldenModels
import SluiceModels
import Testing

extension TypedCases {
    /// The queries of the seed documents as one would write them, by their numbers in the table of the design: here 1 to
    /// 29, people in groups and what is written. Django's rows to them are in `Recorded/seeds.json`.
    @Suite struct SeedQueriesSocial {
        @Test("1–4: objects and their relations") func reading() async throws {
            try await seed("001") { try await Person.objects.get { $0.id == 1 } }
            try await seed("001") { try await Person.objects.get(1) }
            try await seed("002") { try await Person.objects.get(1).groups.fetch() }
            try await seed("003") { try await Group.objects.get(1).members.fetch() }
            try await seed("004") { try await Group.objects.get(3).members.filter { $0.name == "hunter" }.fetch() }
        }

        @Test("5–7: rows of the model in the middle") func creating() async throws {
            try await seed("005") { try await Person.objects.create(Person(name: "hunter")) }
            try await seed("006") {
                let (hunter, group) = (try await Person.objects.get(1), try await Group.objects.get(1))
                let membership = Membership(
                    group: .to(group), person: .to(hunter), dateJoined: Day(2022, 1, 1), inviteReason: "xxx")
                return try await Membership.objects.create(membership).id
            }
            try await seed("007") {
                let m1 = try await Membership.objects.get(1)
                return [try await m1.person.get(), try await m1.group.get()] as [Any]
            }
        }

        @Test("8–12: links with columns of their own") func links() async throws {
            try await seed("008") {
                let group = try await Group.objects.get(1)
                let paul = try await Person.objects.create(Person(name: "paul"))
                try await group.members.add(paul) { $0.dateJoined.set(to: Day(2022, 1, 1)) }
                return nil
            }
            try await seed("009") {
                try await Group.objects.get(1).members.create(Person(name: "mary")) {
                    $0.dateJoined.set(to: Day(2022, 1, 1))
                }
            }
            try await seed("010") {
                let group = try await Group.objects.get(1)
                let (jack, lucy) = (try await Person.objects.get(4), try await Person.objects.get(5))
                try await group.members.set([jack, lucy]) { $0.dateJoined.set(to: Day(2022, 1, 1)) }
                return nil
            }
            try await seed("011") {
                let (group, lucy) = (try await Group.objects.get(1), try await Person.objects.get(5))
                try await group.members.remove(lucy)
                return nil
            }
            try await seed("012") {
                try await Group.objects.get(1).members.clear()
                return nil
            }
        }

        @Test("13–15: across relations, with a join and without") func searching() async throws {
            try await seed("013") { try await Group.objects.filter { $0.members.name == "hunter" }.fetch() }
            try await seed("013b") { try await Group.objects.filter { $0.members.any { $0.name == "hunter" } }.fetch() }
            try await seed("014") { try await Person.objects.filter { $0.groups.name == "group_1" }.fetch() }
            try await seed("014b") {
                try await Person.objects.filter { $0.groups.any { $0.name == "group_1" } }.fetch()
            }
            // In one filter the group and the day are of one membership, as in Django …
            try await seed("015") {
                try await Person.objects.filter {
                    $0.groups.name == "group_1" && $0.memberships.dateJoined == Day(2022, 1, 1)
                }.distinct().fetch()
            }
            for number in ["015", "015b"] {
                try await seed(number) {
                    try await Person.objects.filter { person in
                        person.memberships.any { $0.group.name == "group_1" && $0.dateJoined == Day(2022, 1, 1) }
                    }.fetch()
                }
            }
            // … in two filters, and in two `any`, of one each.
            try await seed("015c") {
                try await Person.objects.filter { $0.groups.name == "group_1" }
                    .filter { $0.memberships.dateJoined == Day(2022, 1, 1) }.distinct().fetch()
            }
            try await seed("015c") {
                try await Person.objects.filter { person in
                    person.groups.any { $0.name == "group_1" }
                        && person.memberships.any { $0.dateJoined == Day(2022, 1, 1) }
                }.fetch()
            }
        }

        @Test("16–18: one-to-one, and nothing at its other end") func oneToOne() async throws {
            try await seed("016") { try await Restaurant.objects.create(Restaurant()).place.map(\.id) }
            try await seed("017") { try await Place.objects.get(15).restaurant.get() }
            try await seed("018") {
                let full = try await Place.objects.get(3).restaurant.fetch()
                let empty = try await Place.objects.get(15).restaurant.fetch()
                return [[full != nil, full as Any], [empty != nil, empty as Any]]
            }
            try await seed("018") {
                // By one statement each.
                var rows: [[Any]] = []
                for id in [3, 15] {
                    let place = try await Place.objects.selectRelated(\.restaurant).get(id)
                    rows.append([try await place.restaurant.exists(), place.restaurant.loaded as Any])
                }
                return rows
            }
        }

        @Test("19–22: new rows, by objects and by a form") func saving() async throws {
            try await seed("019") {
                var publish = Publish(name: "人民出版社", city: "北京", email: "renMin@163.com")
                try await publish.save()
                return publish
            }
            try await seed("020") {
                let form: [String: Value] = ["name": "机械工业", "city": "上海", "email": "a@b.cn"]
                return try await Publish.objects.create(from: form) { ($0.name, $0.city, $0.email) }
            }
            func book(_ publish: Ref<Publish>) -> Book {
                Book(title: "金瓶眉", publishDate: Day(2012, 12, 12), price: 665, pageNum: 334, publish: publish)
            }
            try await seed("021") {
                let publish = try await Publish.objects.get(1)
                return try await Book.objects.create(book(.to(publish))).nid
            }
            try await seed("022") { try await Book.objects.create(book(.id(1))).nid }
        }

        @Test("23–29: relations are changed at once") func changingRelations() async throws {
            try await seed("023") {
                let book = try await Book.objects.get(1)
                try await book.authors.add(try await Author.objects.get(2), try await Author.objects.get(5))
                return nil
            }
            try await seed("024") {
                try await Book.objects.get(1).authors.add(ids: [1, 3])
                return nil
            }
            try await seed("025") {
                let authors = try await Author.objects.filter { $0.nid > 35 }.fetch()
                try await Book.objects.get(1).authors.add(authors)
                return nil
            }
            try await seed("026") {
                let detail = try await AuthorDetail.objects.create(
                    AuthorDetail(birthday: Day(1990, 1, 1), telephone: 1, addr: "x"))
                return try await Book.objects.get(1).authors.create(
                    Author(name: "new", age: 1, authorDetail: .to(detail)))
            }
            try await seed("027") {
                let day = Day(2005, 1, 1)
                return try await Blog.objects.get(1).entries.create { blog in
                    Entry(
                        blog: blog, headline: "Hello", bodyText: "Hi", pubDate: day, modDate: day,
                        createdAt: Timestamp(day))
                }.id
            }
            try await seed("028") {
                let reporter = try await Reporter.objects.get(1)
                let article = try #require(try await reporter.articles.order(by: \.id.asc).first())
                try await reporter.articles.remove(article)
                return nil
            }
            try await seed("028b") {
                try await Reporter.objects.get(1).articles.clear()
                return nil
            }
            try await seed("029") {
                let reporter = try await Reporter.objects.get(1)
                let articles = try await NewsArticle.objects.filter { $0.id <= 6 }.order(by: \.id.asc).fetch()
                try await reporter.articles.set(articles)
                return nil
            }
        }
    }
}

/// Runs a query of the seed documents, by its number, against Django's rows.
func seed(
    _ number: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Any?
) async throws {
    try await golden("seeds.\(number)", sourceLocation: sourceLocation, body)
}
