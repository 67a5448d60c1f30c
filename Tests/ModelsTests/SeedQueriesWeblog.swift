// SPDX-License-Identifier: Apache-2.0

import Foundation
import GoldenModels
import JSONTree
import SluiceModels
import Testing

extension TypedCases {
    /// The queries 61 to 107 of the seed documents: entries, articles, pizzas.
    @Suite struct SeedQueriesWeblog {
        @Test("61–63: deleting") func deleting() async throws {
            try await seed("061") { report(try await Entry.objects.get(3).delete()) }
            try await seed("062") { report(try await Entry.objects.filter { $0.pubDate.year == 2005 }.delete()) }
            try await seed("063") { report(try await Entry.objects.all().delete()) }
        }

        @Test("64–67: slices, one row, whether there is one, a row at a time") func slices() async throws {
            let entries = Entry.objects.order(by: \.id.asc)
            try await seed("064") { try await entries[..<5].fetch() }
            try await seed("064b") { try await entries[5..<10].fetch() }
            try await seed("065") { [try await entries.at(5), try await entries.at(5)] }
            try await seed("065b") {
                let all = try await entries.fetch()
                return [all[5], all[5]]
            }
            try await seed("066") { try await Entry.objects.filter { $0.rating == 5 }.exists() }
            try await seed("067") {
                var titles: [String] = []
                for try await book in Book.objects.order(by: \.nid.asc).stream(chunk: 40) { titles.append(book.title) }
                return titles
            }
        }

        @Test("68–70: what is loaded with the rows") func loading() async throws {
            try await seed("068") {
                let article = try await Article.objects.selectRelated(\.category).selectRelated(\.articleDetail)
                    .get { $0.nid == 1 }
                return [article.category?.id as Any, article.articleDetail.loaded?.content as Any]
            }
            try await seed("069") {
                try await Article.objects.selectRelated(\.blog.user).order(by: \.nid.asc).fetch().map {
                    $0.blog.loaded?.user.loaded?.username as Any
                }
            }
            try await seed("070") {
                try await Article.objects.prefetchRelated(\.tags).order(by: \.nid.asc).fetch().map {
                    ($0.nid, ($0.tags.loaded ?? []).map(\.nid).sorted())
                }
            }
        }

        @Test("71–75: pieces of SQL, many rows at once") func pieces() async throws {
            try await seed("071") {
                try await Article.objects.order(by: \.nid.asc)
                    .annotate { ($0.createTime > Day(2017, 9, 5)).expression }.fetch().map { ($0.0.nid, $0.1) }
            }
            // The function is the database's own.
            try await seed("072") {
                let isPostgreSQL = try Databases.required().main.driver.dialect.name == "postgresql"
                return try await Article.objects.filter { $0.nid == 1 }.values { article in
                    let day: Expr<String> =
                        isPostgreSQL
                        ? .sql("to_char(\(article.createTime), 'YYYY-MM-DD')")
                        : .sql("strftime('%Y-%m-%d', \(article.createTime))")
                    return (day, article.nid, article.title)
                }.fetch()
            }
            try await seed("073") {
                try await Article.objects.filter {
                    .sql("\($0.nid) in (1,3) OR \($0.title) like '%进阶'") && $0.nid > 2
                }.fetch()
            }
            try await seed("074") {
                try await Blog.objects.bulkCreate([Blog(name: "a", tagline: "1"), Blog(name: "b", tagline: "2")]).count
            }
            try await seed("075") {
                let band = try await PlainGroup.objects.get(6)
                try await band.members.add(try await Person.objects.get(1), try await Person.objects.get(2))
                return nil
            }
        }

        @Test("76–79: asking, excluding, counting") func asking() async throws {
            let best = Entry.objects.filter { $0.rating == 5 }
            try await seed("076") { try await best.order(by: \.id.asc).fetch() }
            try await seed("076b") { try await best.count() }
            try await seed("076c") { try await best.exists() }
            try await seed("076d") {
                var headlines: [String] = []
                for try await entry in best.order(by: \.id.asc).stream() { headlines.append(entry.headline) }
                return headlines
            }
            try await seed("077") {
                try await Entry.objects.exclude { $0.pubDate > Day(2005, 1, 3) && $0.headline == "Hello" }.fetch()
            }
            try await seed("078") {
                try await Entry.objects.exclude { $0.pubDate > Day(2005, 1, 3) }.exclude { $0.headline == "Hello" }
                    .fetch()
            }
            try await seed("079") {
                try await Blog.objects.order(by: \.id.asc).annotate { $0.entries.count() }.fetch().map {
                    ($0.0.id, $0.1)
                }
            }
        }

        @Test("80–87: orders") func orders() async throws {
            try await seed("080") {
                try await Entry.objects.order(by: \.pubDate.desc, \.headline.asc, \.id.asc).fetch()
            }
            try await seed("081") { try await Entry.objects.shuffled().fetch().map(\.id).sorted() }
            try await seed("082") {
                try await Entry.objects.order(by: \.blog.name.asc, \.headline.asc, \.id.asc).fetch()
            }
            try await seed("083") {
                try await Entry.objects.order { [$0.summary.coalesce($0.headline).desc, $0.id.asc] }.fetch()
            }
            try await seed("084") {
                try await Event.objects.exclude { $0.children.isNull }
                    .order(by: \.children.date.asc, \.children.id.asc).fetch()
            }
            // 85: `order.lower-desc`, which differs where a database folds other letters than ASCII's.
            try await golden("order.lower-desc") {
                try await Entry.objects.order(by: \.headline.lower.desc, \.id.asc).values(\.id, \.headline).fetch()
            }
            try await seed("086") {
                try await Entry.objects.order(by: \.pubDate.asc, \.id.asc).reversed()[..<5].fetch()
            }
            try await seed("087") {
                try await Writer.objects.filter { $0.entries.rating == 5 }.distinct().fetch()
            }
            // 87, the second: PostgreSQL alone.
            try await golden("distinct.on-fields") {
                try await Entry.objects.order { [$0.blog.pk.asc, $0.pubDate.desc, $0.id.asc] }
                    .distinct(on: \.blog.pk).values(\.blog.pk, \.id).fetch()
            }
        }

        @Test("88–92: rows of columns") func rows() async throws {
            try await seed("088") { try await Blog.objects.values(\.id, \.name).fetch() }
            try await seed("088b") { try await Blog.objects.values(\.id).fetch() }
            // 89: `values.expression`, for the same reason as 85.
            try await golden("values.expression") {
                named(["lower_name"], try await Blog.objects.order(by: \.id.asc).values(\.name.lower).fetch())
            }
            try await seed("090") {
                try await Blog.objects.values(\.entries.authors.pk).annotate { $0.entries.count() }.fetch()
            }
            try await seed("091") { try await Writer.objects.values(\.name, \.entries.headline).fetch() }
            try await seed("092") { try await Entry.objects.filter { $0.id == 1 }.values(\.headline).get() }
        }

        @Test("93–97: days and times, no rows, sets of rows") func sets() async throws {
            try await seed("093") { try await Entry.objects.dates(\.pubDate, by: .month, descending: true).fetch() }
            try await seed("094") {
                try await Entry.objects.filter { $0.createdAt.year == 2005 }
                    .datetimes(\.createdAt, by: .hour, in: "UTC").fetch()
            }
            try await seed("095") { try await Entry.objects.none().fetch() }
            let one = Blog.objects.filter { $0.pk <= 2 }
            let (two, three) = (Blog.objects.filter { $0.pk == 2 }, Blog.objects.filter { $0.pk == 3 })
            try await seed("096") { try await one.union(two, three).fetch() }
            try await seed("096b") { try await one.unionAll(two, three).fetch() }
            try await seed("096c") {
                try await Entry.objects.filter { $0.rating >= 3 }
                    .intersection(Entry.objects.filter { $0.blog.pk <= 2 }, Entry.objects.filter { $0.nComments > 4 })
                    .fetch()
            }
            try await seed("096d") {
                try await Entry.objects.filter { $0.pk <= 40 }
                    .difference(Entry.objects.filter { $0.blog.pk == 1 }, Entry.objects.filter { $0.rating == 5 })
                    .fetch()
            }
            try await seed("097") {
                let today = try Databases.required().main.now.day
                return try await Entry.objects.filter { $0.pubDate > today }.selectRelated(\.blog)
                    .order(by: \.id.asc).fetch().map { ($0.id, $0.blog.loaded?.name) }
            }
        }

        @Test("98–101: relations of relations") func relations() async throws {
            try await seed("098") {
                let novel = try await Novel.objects.selectRelated(\.author.hometown).get { $0.id == 4 }
                return [novel.author.loaded as Any, novel.author.loaded?.hometown?.loaded as Any]
            }
            try await seed("099") {
                try await Pizza.objects.prefetchRelated(\.toppings).order(by: \.id.asc).fetch().map {
                    ($0.name, ($0.toppings.loaded ?? []).map(\.name).sorted())
                }
            }
            func row(_ pizza: Pizza) -> [Any] { [pizza.id, (pizza.toppings.loaded ?? []).map(\.id).sorted()] }
            try await seed("100") {
                try await Pizzeria.objects.order(by: \.id.asc)
                    .prefetchRelated(\.pizzas) { $0.order(by: \.id.asc).prefetchRelated(\.toppings) }.fetch()
                    .map { [$0.id, ($0.pizzas.loaded ?? []).map(row)] as [Any] }
            }
            try await seed("101") {
                try await Pizzeria.objects.selectRelated(\.bestPizza).prefetchRelated(\.bestPizza.toppings)
                    .order(by: \.id.asc).fetch()
                    .map { [$0.id] + ($0.bestPizza.loaded.map(row) ?? []) as [Any] }
            }
        }

        @Test("102–107: subqueries in SQL, parts of rows, another database, locks, raw") func others() async throws {
            try await seed("102") {
                try await Blog.objects.order(by: \.id.asc).annotate { blog in
                    Expr<Int>.sql(
                        "SELECT COUNT(*) FROM weblog_entry WHERE weblog_entry.blog_id = \(blog.id) AND rating = \(5)")
                }.fetch().map { ($0.0.id, $0.1) }
            }
            try await seed("103") {
                var entry = try await Entry.objects.defer(\.headline, \.bodyText).get(1)
                return [entry.deferred.sorted(), entry.rating as Any, try await entry.load(\.bodyText)] as [Any]
            }
            try await seed("104") {
                let author = try await Writer.objects.only(\.name).get(1)
                return [author.deferred.sorted(), author.name as Any] as [Any]
            }
            try await seed("105") { [try await Blog.objects.using("backup").count()] }
            try await seed("106") {
                try await Entry.objects.selectForUpdate(.fail).filter { $0.authors.pk == 3 }.order(by: \.id.asc).fetch()
            }
            try await seed("106b") {
                try await Entry.objects.selectForUpdate(.skip).filter { $0.authors.pk == 3 }.order(by: \.id.asc).fetch()
            }
            try await seed("107") {
                try await Entry.objects.raw("SELECT * FROM weblog_entry WHERE rating = \(5) ORDER BY id").map(
                    \.headline)
            }
        }

        /// The numbers that are recorded under another name, because Django's databases differ.
        private static let elsewhere: Set = [85, 89]

        @Test("the recorded queries are the numbers 1 to 107") func numbers() async throws {
            let recorded = try await Golden.all[0].value.cases.keys.compactMap { id in
                id.hasPrefix("seeds.") ? Int(id.dropFirst(6).prefix(3)) : nil
            }
            #expect(Set(recorded).union(Self.elsewhere) == Set(1...107))
        }
    }
}
