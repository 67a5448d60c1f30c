// SPDX-License-Identifier: Apache-2.0

import GoldenModels
import SluiceModels
import Testing

extension TypedCases {
    /// The seed's weblog: entries with authors, dates, ratings.
    @Suite struct Weblog {
        @Test func evaluating() async throws {
            try await golden("eval.iterate") {
                try await Entry.objects.order(by: \.id.asc)[..<10].fetch().map(\.headline)
            }
            try await golden("eval.list") { try await Blog.objects.order(by: \.id.asc).fetch() }
            try await golden("eval.bool") { try await Entry.objects.filter { $0.headline == "Test" }.exists() }
            try await golden("lazy.no-query") {
                _ = Entry.objects.filter { $0.rating == 5 }.exclude { $0.blog.pk == 1 }.order(by: \.id.asc)[..<5]
                return nil
            }
            try await golden("cache.two-querysets") {
                [
                    try await Blog.objects.fetch().map(\.name).count,
                    try await Blog.objects.fetch().map(\.tagline).count,
                ]
            }
            // An array is the cache: what is asked once is asked once.
            try await golden("cache.reuse") {
                let blogs = try await Blog.objects.fetch()
                return [blogs.map(\.name).count, blogs.map(\.tagline).count]
            }
            try await golden("cache.index-not-cached") {
                let entries = Entry.objects.order(by: \.id.asc)
                return [try await entries.at(5).id, try await entries.at(5).id]
            }
            try await golden("cache.index-after-full") {
                let entries = try await Entry.objects.order(by: \.id.asc).fetch()
                return [entries[5].id, entries[5].id]
            }
            try await golden("cache.exists-then-iterate") {
                let blogs = Blog.objects
                _ = try await (blogs.exists(), blogs.count())
                let all = try await blogs.fetch()
                return (!all.isEmpty, all.count)
            }
            try await golden("slice.offset-limit") { try await Entry.objects.order(by: \.id.asc)[5..<10].fetch() }
            try await golden("eval.step-slice-is-list") {
                let entries = try await Entry.objects.order(by: \.id.asc)[..<10].fetch()
                return ["list", stride(from: 0, to: entries.count, by: 3).map { entries[$0].id }] as [Any]
            }
            try await golden("eval.ordered-attr") {
                let all = Entry.objects.all()
                let ordered = all.order(by: \.id.asc)
                return [try all.isOrdered(), try ordered.isOrdered(), try ordered.unordered().isOrdered()]
            }
            try await golden("eval.db-attr") {
                [try Entry.objects.all().database().name, try Entry.objects.using("backup").database().name]
            }
            try await golden("cache.bool-in-list-fill") {
                let blog = try await Blog.objects.get(1)
                let blogs = try await Blog.objects.order(by: \.id.asc).fetch()
                return [!blogs.isEmpty, blogs.contains { $0.id == blog.id }, blogs.count] as [Any]
            }
            try await golden("none.empty") { try await Entry.objects.none().fetch() }
        }

        @Test func excluding() async throws {
            try await golden("exclude.or") {
                try await Entry.objects.exclude { $0.pubDate > Day(2005, 1, 3) }.exclude { $0.headline == "Hello" }
                    .order(by: \.id.asc).values(\.id).fetch()
            }
        }

        @Test func ordering() async throws {
            try await golden("order.multi") {
                try await Entry.objects.filter { $0.pubDate.year == 2005 }
                    .order(by: \.pubDate.desc, \.headline.asc, \.id.asc).values(\.id, \.pubDate, \.headline).fetch()
            }
            try await golden("order.random") { try await Entry.objects.shuffled().fetch().count }
            try await golden("order.relation-field") {
                try await Entry.objects.order(by: \.blog.name.asc, \.headline.asc, \.id.asc).values(\.id).fetch()
            }
            try await golden("order.relation-default") {
                try await Entry.objects.order(by: \.blog.asc, \.id.asc).values(\.blog.pk, \.id).fetch()
            }
            try await golden("order.relation-id") {
                try await Entry.objects.order(by: \.blog.id.asc, \.id.asc).values(\.blog.id, \.id).fetch()
            }
            try await golden("order.multi-valued-repeats") {
                try await Event.objects.order(by: \.children.date.asc, \.id.asc, \.children.id.asc)
                    .values(\.id, \.children.date).fetch()
            }
            try await golden("order.lower-desc") {
                try await Entry.objects.order(by: \.headline.lower.desc, \.id.asc).values(\.id, \.headline).fetch()
            }
            try await golden("distinct.on-fields") {
                try await Entry.objects.order { [$0.blog.pk.asc, $0.pubDate.desc, $0.id.asc] }
                    .distinct(on: \.blog.pk).values(\.blog.pk, \.id).fetch()
            }
            try await golden("reverse.last-five") {
                try await Entry.objects.order(by: \.pubDate.asc, \.id.asc).reversed()[..<5].values(\.id).fetch()
            }
            try await golden("distinct.order-by-extends") {
                try await Entry.objects.order(by: \.nComments.asc, \.id.asc).values(\.rating).distinct().count()
            }
        }

        @Test func wholeRows() async throws {
            let names = [
                "id", "blog_id", "headline", "summary", "body_text", "pub_date", "mod_date", "created_at",
                "n_comments", "n_pingbacks", "rating",
            ]
            try await golden("values.fk-all") {
                let rows = try await Entry.objects.order(by: \.id.asc)[..<2].values { entry in
                    (
                        entry.id, entry.blog.pk, entry.headline, entry.summary, entry.bodyText, entry.pubDate,
                        entry.modDate, entry.createdAt, entry.nComments, entry.nPingbacks, entry.rating
                    )
                }.fetch()
                return named(names, rows)
            }
        }

        @Test func values() async throws {
            try await golden("values.model-vs-dict-1") {
                try await Blog.objects.filter { $0.name.startsWith("Beatles") }.order(by: \.id.asc).fetch()
            }
            try await golden("values.model-vs-dict-2") {
                named(
                    ["id", "name", "tagline"],
                    try await Blog.objects.filter { $0.name.startsWith("Beatles") }.order(by: \.id.asc)
                        .values(\.id, \.name, \.tagline).fetch())
            }
            try await golden("values.expression") {
                named(
                    ["lower_name"],
                    try await Blog.objects.order(by: \.id.asc).values(\.name.lower).fetch())
            }
            try await golden("values.agg-in-values") {
                named(
                    ["blog", "n"],
                    try await Entry.objects.order(by: \.blog.asc).values { ($0.blog.pk, $0.authors.count()) }.fetch())
            }
            try await golden("values.agg-after-values") {
                named(
                    ["entry__authors", "entries"],
                    try await Blog.objects.values(\.entries.authors.pk).annotate { $0.entries.count() }
                        .order { blog, _ in [blog.entries.authors.pk.asc] }.fetch())
            }
            try await golden("values.fk-name") {
                named(
                    ["blog"],
                    try await Entry.objects.order(by: \.id.asc).values(\.blog.pk)[..<3].fetch())
            }
            try await golden("values.fk-id") {
                named(
                    ["blog_id"],
                    try await Entry.objects.order(by: \.id.asc).values(\.blog.id)[..<3].fetch())
            }
            try await golden("values.reverse-relation") {
                named(
                    ["name", "entry__headline"],
                    try await Blog.objects.order(by: \.id.asc, \.entries.id.asc).values(\.name, \.entries.headline)
                        .fetch())
            }
            try await golden("values.list-flat") {
                try await Entry.objects.values(\.id).order(by: \.id.asc)[..<3].fetch()
            }
            try await golden("values.list-get") {
                try await Entry.objects.values(\.headline).filter { $0.pk == 1 }.get()
            }
            try await golden("values.list-m2m") {
                try await Writer.objects.order(by: \.id.asc, \.entries.id.asc).values(\.name, \.entries.headline)
                    .fetch()
            }
        }

        @Test func dates() async throws {
            try await golden("dates.year") {
                try await Entry.objects.filter { $0.pubDate.year >= 1990 && $0.pubDate.year <= 2030 }
                    .dates(\.pubDate, by: .year).fetch()
            }
            try await golden("dates.month") {
                try await Entry.objects.filter { $0.pubDate.year == 2005 }.dates(\.pubDate, by: .month).fetch()
            }
            try await golden("dates.day") {
                try await Entry.objects.filter { $0.pubDate.year == 2005 }.dates(\.pubDate, by: .day).fetch()
            }
            try await golden("dates.day-desc") {
                try await Entry.objects.filter { $0.pubDate.year == 2005 }
                    .dates(\.pubDate, by: .day, descending: true).fetch()
            }
            try await golden("dates.datetimes-hour") {
                try await Entry.objects.filter { $0.createdAt.year == 2005 }.datetimes(\.createdAt, by: .hour).fetch()
            }
            try await golden("dates.datetimes-year") {
                try await Entry.objects.datetimes(\.createdAt, by: .year).fetch()
            }
            try await golden("dates.datetimes-month-desc") {
                try await Entry.objects.filter { $0.createdAt.year >= 2010 }
                    .datetimes(\.createdAt, by: .month, descending: true).fetch()
            }
            try await golden("dates.datetimes-minute") {
                try await Entry.objects.filter { $0.createdAt.year == 2016 }.datetimes(\.createdAt, by: .minute)
                    .fetch()
            }
            try await golden("dates.datetimes-tz") {
                try await Entry.objects.filter { $0.createdAt.year.in([2005, 2012]) }
                    .datetimes(\.createdAt, by: .day, in: "Asia/Shanghai").fetch()
                    .map { "\(Timestamp(microseconds: $0.microseconds + 8 * 3_600_000_000))+08:00" }
            }
        }

        @Test func setOperations() async throws {
            try await golden("setop.union") {
                let authors = Writer.objects.filter { $0.pk <= 3 }.values(\.name)
                let blogs = Blog.objects.filter { $0.pk <= 3 }.values(\.name)
                return try await authors.union(blogs).order(by: \.name.asc).fetch().map { [$0] }
            }
            try await golden("setop.union-three") {
                let one = Blog.objects.filter { $0.pk == 1 }
                let (two, three) = (Blog.objects.filter { $0.pk == 2 }, Blog.objects.filter { $0.pk == 3 })
                return try await one.union(two, three).order(by: \.id.desc).fetch()
            }
            try await golden("setop.intersection-three") {
                try await Entry.objects.filter { $0.rating >= 3 }
                    .intersection(
                        Entry.objects.filter { $0.blog.pk <= 2 }, Entry.objects.filter { $0.nComments > 4 }
                    )
                    .order(by: \.id.asc).fetch().map(\.id)
            }
            try await golden("setop.difference") {
                try await Entry.objects.filter { $0.rating == 5 }.difference(Entry.objects.filter { $0.blog.pk == 1 })
                    .order(by: \.id.asc).fetch()
            }
            try await golden("setop.difference-three") {
                try await Entry.objects.filter { $0.pk <= 40 }
                    .difference(Entry.objects.filter { $0.blog.pk == 1 }, Entry.objects.filter { $0.rating == 5 })
                    .order(by: \.id.asc).fetch()
            }
        }

        @Test func references() async throws {
            try await golden("related.without-select-related") {
                try await Entry.objects.get { $0.id == 5 }.blog.get().id
            }
            try await golden("selrel.simple") {
                try await Entry.objects.selectRelated(\.blog).get { $0.id == 5 }.blog.loaded?.id
            }
            try await golden("self.children") {
                try await Event.objects.get(1).children.values(\.pk).fetch().sorted()
            }
        }

        @Test func rawPieces() async throws {
            try await golden("extra.subquery-select") {
                try await Blog.objects.annotate { blog in
                    Expr<Int>.sql(
                        "SELECT COUNT(*) FROM weblog_entry WHERE weblog_entry.blog_id = \(blog.id) AND rating = \(5)")
                }.order { blog, _ in [blog.id.asc] }.values { blog, n in (blog.id, n) }.fetch()
            }
            try await golden("extra.rawsql-annotate") {
                try await Blog.objects.values { blog in
                    (
                        blog.id,
                        Expr<Int>.sql(
                            "SELECT COUNT(*) FROM weblog_entry e WHERE e.blog_id = \(blog.id) AND e.rating = \(5)")
                    )
                }.order(by: \.id.asc).fetch()
            }
            try await golden("extra.order-by") {
                try await Blog.objects.order(by: \.id.desc).values(\.id).fetch()
            }
            try await golden("extra.where-params") {
                try await Entry.objects.filter { .sql("\($0.rating) = \(5)") }.order(by: \.id.asc).values(\.id).fetch()
            }
            try await golden("raw.simple") {
                try await Entry.objects.raw("SELECT * FROM weblog_entry WHERE id <= \(5) ORDER BY id").map(\.headline)
            }
            try await golden("raw.translations") {
                try await Writer.objects.raw(
                    "SELECT id, name AS nom, email FROM weblog_author ORDER BY id LIMIT 3",
                    translations: ["nom": "name"]
                ).map { ($0.id, $0.name) }
            }
        }

        @Test func partialObjects() async throws {
            try await golden("defer.loads-one-at-a-time") {
                var entry = try await Entry.objects.defer(\.headline, \.bodyText).get(1)
                return [
                    try await entry.load(\.headline), try await entry.load(\.bodyText),
                    try await entry.load(\.headline),
                ]
            }
            try await golden("defer.accumulates") {
                try await Entry.objects.defer(\.bodyText).filter { $0.rating == 5 }.defer(\.headline)
                    .order(by: \.id.asc).first()?.deferred.sorted()
            }
            try await golden("defer.related") {
                let entry = try await Entry.objects.selectRelated(\.blog).defer(\.headline, \.blog.tagline).get(1)
                return [entry.deferred, entry.deferred(of: \.blog) ?? []]
            }
            try await golden("defer.none-resets") {
                _ = try await Entry.objects.defer(\.headline).whole.get(1)
                return [String]()
            }
            try await golden("only.simple") { try await Writer.objects.only(\.name).get(1).deferred.sorted() }
            try await golden("only.equals-defer") {
                try Writer.objects.defer(\.email).statement().sql == Writer.objects.only(\.name).statement().sql
            }
            try await golden("only.student-three-fields") {
                let some = Student.objects.defer(\.age, \.biography, \.shirtSize, \.yearInSchool, \.gpa)
                return try some.statement().sql == Student.objects.only(\.name).statement().sql
            }
            try await golden("only.last-wins") {
                try await Entry.objects.only(\.bodyText, \.rating).only(\.headline).get(1).deferred.sorted()
            }
            try await golden("defer.then-only") {
                let entry = try await Entry.objects.defer(\.bodyText).only(\.headline, \.bodyText).get(1)
                let all = Entry.declaration.fields.compactMap { field -> String? in
                    switch field.kind {
                    case .reference: "\(field.name)_id"
                    case .manyToMany: nil
                    default: field.name
                    }
                }
                return Set(all + ["id"]).subtracting(entry.deferred).sorted()
            }
            try await golden("defer.save-writes-loaded-only") {
                let rows = Entry.objects.filter { $0.pk == 1 }
                try await rows.update { $0.nComments.set(to: 41) }
                var entry = try await Entry.objects.defer(\.nComments, \.bodyText).get(1)
                try await rows.update { $0.nComments.set(to: 42) }
                entry.set(\.headline, to: "saved")
                try await entry.save()
                let (headline, comments) = try await rows.values(\.headline, \.nComments).get()
                return (headline, comments)
            }
        }

        @Test func otherDatabases() async throws {
            try await golden("using.default") { try await Writer.objects.count() }
            try await golden("using.backup") { try await Writer.objects.using("backup").count() }
        }

        @Test func routers() async throws {
            struct Authors: DatabaseRouter {
                func databaseForRead(_ model: ModelSchema) -> String? {
                    model.label == "weblog.Author" ? "backup" : nil
                }
            }
            try await golden("using.router") {
                let own = try Databases.required()
                let routed = Databases(own.main, [try own.named("backup")], routers: [Authors()])
                return try await Databases.$current.withValue(routed) {
                    [
                        try await Writer.objects.count(), try await Writer.objects.using("default").count(),
                        try Writer.objects.all().database().name, try Blog.objects.all().database().name,
                    ] as [Any]
                }
            }
        }

        @Test func locks() async throws {
            try await golden("lock.basic") {
                try await Entry.objects.selectForUpdate().filter { $0.authors.pk == 3 }.order(by: \.id.asc).fetch()
            }
            try await golden("lock.sql-nowait") {
                try await Entry.objects.selectForUpdate(.fail).filter { $0.pk == 1 }.fetch().map(\.id)
            }
            try await golden("lock.sql-skip-locked") {
                try await Entry.objects.selectForUpdate(.skip).filter { $0.pk <= 3 }.order(by: \.pk.asc).fetch()
                    .map(\.id)
            }
        }

        @Test func manyRows() async throws {
            try await golden("bulk.create") {
                func entry(_ headline: String) -> Entry {
                    Entry(
                        blog: .id(1), headline: headline, bodyText: "", pubDate: Day(2024, 1, 1),
                        modDate: Day(2024, 1, 1), createdAt: Timestamp(Day(2024, 1, 1)))
                }
                return try await Entry.objects.bulkCreate([entry("Python 3.0 Released"), entry("Python 3.1 Planned")])
                    .map(\.headline)
            }
            try await golden("bulk.create-vs-create") {
                _ = try await Blog.objects.create(Blog(name: "a", tagline: ""))
                _ = try await Blog.objects.create(Blog(name: "b", tagline: ""))
                return nil
            }
            try await golden("delete.blog-cascade") { report(try await Blog.objects.get(3).delete()) }
            try await golden("delete.entries-year") {
                try await Entry.objects.filter { $0.pubDate.year == 2005 }.delete().total
            }
        }
    }
}
