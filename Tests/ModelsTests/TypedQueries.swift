// SPDX-License-Identifier: Apache-2.0

import GoldenModels
import SluiceModels
import Testing

extension TypedCases {
    /// What the cases do not say: each thing against the same rows asked in another way.
    @Suite struct Queries {
        @Test("any, none and all ask without a join: no row is repeated")
        func existence() async throws {
            try await onRecordedRows {
                let joined = try await Book.objects.filter { $0.authors.age > 30 }.order(by: \.nid.asc).fetch()
                let any = try await Book.objects.filter { $0.authors.any { $0.age > 30 } }.order(by: \.nid.asc).fetch()
                #expect(Set(joined.map(\.nid)).sorted() == any.map(\.nid))
                #expect(joined.count > any.count)
                let none = try await Book.objects.filter { $0.authors.none { $0.age > 30 } }.fetch()
                let count = try await Book.objects.count()
                #expect(none.count + any.count == count)
                let all = try await Book.objects.filter { $0.authors.all { $0.age > 30 } && !$0.authors.isEmpty }
                    .fetch()
                for book in all {
                    let authors = try await book.authors.fetch()
                    #expect(authors.allSatisfy { $0.age > 30 })
                }
                #expect(!all.isEmpty)
            }
        }

        @Test("any within any, over references and back")
        func nestedExistence() async throws {
            try await onRecordedRows {
                let nested = try await Publish.objects.filter { house in
                    house.books.any { book in book.authors.any { $0.authorDetail.addr == "beijing" } }
                }.fetch().map(\.nid).sorted()
                let joined = try await Publish.objects.filter { $0.books.authors.authorDetail.addr == "beijing" }
                    .values(\.nid).fetch()
                #expect(nested == Set(joined).sorted())
                // From the other end of a reference.
                let far = try await Book.objects.filter { $0.publish.books.any { $0.price > 900 } }.count()
                let near = try await Book.objects.filter { book in
                    book.publish.in(Publish.objects.filter { $0.books.any { $0.price > 900 } })
                }.count()
                #expect(far == near && far > 0)
            }
        }

        @Test("a query inside another one refers to it by outer")
        func correlated() async throws {
            try await onRecordedRows {
                let cheapest = try await Book.objects.filter { book in
                    !Q.exists(
                        Book.objects.filter { other in
                            other.publish.pk == outer(book.publish.pk) && other.price < outer(book.price)
                        })
                }.fetch()
                let minima = try await Book.objects.values(\.publish.pk).annotate { $0.price.min() }.fetch()
                let byHouse = Dictionary(uniqueKeysWithValues: minima.map { ($0.0, $0.1) })
                #expect(!cheapest.isEmpty)
                for book in cheapest { #expect(byHouse[book.publish.id] == .some(book.price)) }
            }
        }

        @Test("get or create, update or create")
        func getOrCreate() async throws {
            try await onRecordedRows {
                func made() -> Blog { Blog(name: "new", tagline: "t") }
                let (first, isNew) = try await Blog.objects.getOrCreate({ $0.name == "new" }, orCreate: made)
                let (second, isNewAgain) = try await Blog.objects.getOrCreate({ $0.name == "new" }, orCreate: made)
                #expect(isNew && !isNewAgain && first.id == second.id)
                let (third, _) = try await Blog.objects.updateOrCreate(
                    { $0.name == "new" }, update: { $0.tagline = "other" }, orCreate: made)
                #expect(third.id == first.id)
                #expect(try await Blog.objects.get(first.id).tagline == "other")
                let (_, isFourthNew) = try await Blog.objects.updateOrCreate(
                    { $0.name == "newer" }, update: { _ in }, orCreate: { Blog(name: "newer", tagline: "") })
                #expect(isFourthNew)
            }
        }

        @Test("update with F, bulk update, insert or update")
        func writingMany() async throws {
            try await onRecordedRows {
                let before = try await Book.objects.order(by: \.nid.asc).fetch()
                let cheap = Book.objects.filter { $0.price < 900 }
                let count = try await cheap.update {
                    $0.price.set(to: $0.price + 30)
                    $0.keepNum.set(to: 7)
                }
                #expect(count == before.count { $0.price < 900 })
                var books = try await Book.objects.order(by: \.nid.asc)[..<3].fetch()
                let small = try #require(before.first { $0.price < 900 })
                #expect(try await Book.objects.get(small.nid).price == small.price + 30)
                for index in books.indices { books[index].title = "title \(index)" }
                #expect(try await Book.objects.bulkUpdate(books) { ($0.title, $0.commentNum) } == 3)
                #expect(try await Book.objects.get(books[2].nid).title == "title 2")
                let docs = [Doc(code: "a1", version: 1), Doc(code: "a1", version: 2)]
                _ = try await Doc.objects.bulkCreate(docs)
                _ = try await Doc.objects.bulkCreate(
                    [Doc(code: "a1", version: 2, deleted: true)], updating: { $0.deleted },
                    unique: { ($0.code, $0.version) })
                let found = try await Doc.objects.filter { $0.code == "a1" }.order(by: \.version.asc).fetch()
                #expect(found.map(\.deleted) == [false, true])
            }
        }

        @Test("save inserts and changes; clocks, defaults of the database and computed columns come back")
        func saving() async throws {
            try await onRecordedRows {
                var counter = Counter(name: "typed", hits: 4)
                try await counter.save()
                #expect(counter.id > 0)
                #expect(counter.weight == 7)
                #expect(counter.twice == 8)
                let now = try Databases.required().main.now
                #expect(counter.created == now)
                counter.hits = 5
                try await counter.save(only: { $0.hits })
                try await counter.refresh()
                #expect(counter.twice == 10)
                let key = Keyed(label: "own key")
                let made = try await Keyed.objects.create(key)
                #expect(made.id == key.id && !made.state.isNew)
                #expect(try await Keyed.objects.get(key.id).label == "own key")
                var derived = Derived(name: "child", extra: 3)
                try await derived.save()
                #expect(derived.id == derived.basePtr && derived.id > 0)
                #expect(try await Base.objects.get(derived.id).name == "child")
                try await counter.delete()
                await #expect(throws: ModelError.self) { try await Counter.objects.get(counter.id) }
            }
        }

        @Test("references: kept objects, none, changed by update")
        func references() async throws {
            try await onRecordedRows {
                let house = try await Publish.objects.get(1)
                var book = try await Book.objects.selectRelated(\.pubHouse).selectRelated(\.publish).get(1)
                #expect(book.publish.loaded?.nid == book.publish.id)
                #expect((book.pubHouse == nil) == (book.pubHouse?.loaded == nil))
                book.pubHouse = .to(house)
                try await book.save()
                #expect(book.pubHouse?.loaded?.name == house.name)
                #expect(try await Book.objects.filter { $0.pubHouse == house && $0.nid == 1 }.exists())
                try await Book.objects.filter { $0.nid == 1 }.update { $0.pubHouse.set(to: nil) }
                #expect(try await Book.objects.filter { $0.pubHouse == nil && $0.nid == 1 }.exists())
                try await Book.objects.filter { $0.nid == 1 }.update { $0.publish.set(to: .id(2)) }
                #expect(try await Book.objects.get(1).publish.id == 2)
                #expect(try await house.books.filter { $0.nid == 1 }.count() == 0)
            }
        }

        @Test("a set of references is added to, replaced, made empty")
        func relatedSets() async throws {
            try await onRecordedRows {
                let reporter = try await Reporter.objects.get(1)
                let old = try await reporter.articles.order(by: \.id.asc).fetch()
                let other = try #require(try await NewsArticle.objects.filter { $0.reporter == nil }.first())
                try await reporter.articles.add(other)
                #expect(try await reporter.articles.count() == old.count + 1)
                try await reporter.articles.set([other])
                #expect(try await reporter.articles.values(\.id).fetch() == [other.id])
                let stranger = try #require(try await NewsArticle.objects.filter { $0.reporter.pk == 2 }.first())
                await #expect(throws: ModelError.self) { try await reporter.articles.remove(stranger) }
                let made = try await reporter.articles.create { NewsArticle(headline: "made", reporter: $0) }
                #expect(made.reporter?.id == reporter.id)
                let blog = try await Blog.objects.get(1)
                let entry = try await blog.entries.create {
                    Entry(
                        blog: $0, headline: "Hello", bodyText: "", pubDate: Day(2024, 1, 1),
                        modDate: Day(2024, 1, 1), createdAt: Timestamp(Day(2024, 1, 1)))
                }
                #expect(try await blog.entries.filter { $0 == entry }.exists())
            }
        }

        @Test("prefetched relations are filtered, ordered and limited; what is loaded needs no statement")
        func prefetching() async throws {
            try await onRecordedRows {
                let (blogs, log) = await QueryLog.record {
                    try? await Blog.objects.order(by: \.id.asc)
                        .prefetchRelated(\.entries) { $0.filter { $0.rating == 5 }.order(by: \.id.desc) }.fetch()
                }
                #expect(log.count == 2)
                for blog in blogs ?? [] {
                    let own = try await blog.entries.filter { $0.rating == 5 }.order(by: \.id.desc).fetch()
                    #expect(blog.entries.loaded?.map(\.id) == own.map(\.id))
                }
                let place = try await Place.objects.selectRelated(\.restaurant).get(3)
                let (restaurant, none) = await QueryLog.record { try? await place.restaurant.get() }
                #expect(restaurant?.place?.id == 3 && none.count == 0)
            }
        }

        @Test("keys, positions, first and last, subqueries of values")
        func lookingUp() async throws {
            try await onRecordedRows {
                let bulk = try await Book.objects.inBulk([3, 5, 99999])
                #expect(bulk.keys.sorted() == [3, 5])
                #expect(try await Book.objects.inBulk([Int]()).isEmpty)
                await #expect(throws: ModelError.self) { try await Book.objects.at(100_000) }
                let inner = Author.objects.filter { $0.age > 60 }.values(\.nid)
                let books = try await Book.objects.filter { $0.authors.pk.in(inner) }.distinct().count()
                let same = try await Book.objects.filter { $0.authors.any { $0.age > 60 } }.count()
                #expect(books == same)
                let latest = try await Entry.objects.earliest(\.createdAt.desc)
                let greatest = try await Entry.objects.aggregate { $0.createdAt.max() }
                #expect(latest.createdAt == greatest)
                let (count, pages) = try await Book.objects.aggregate { ($0.count(), $0.pageNum.count()) }
                let known = try await Book.objects.filter { $0.pageNum.isNotNull }.count()
                #expect(count == 150 && pages == known)
            }
        }

        @Test("expressions: coalesce, cases, text, arithmetic, nulls in an order")
        func expressions() async throws {
            try await onRecordedRows {
                let entries = try await Entry.objects.order { [$0.summary.coalesce($0.headline).desc, $0.id.asc] }
                    .values { ($0.id, $0.summary.coalesce($0.headline)) }.fetch()
                #expect(entries.count == 200)
                let sizes = try await Book.objects.order(by: \.nid.asc).values { book in
                    cases((when: book.price > 100, then: Expr("dear")), otherwise: Expr("cheap"))
                }.fetch()
                let prices = try await Book.objects.order(by: \.nid.asc).values(\.price).fetch()
                #expect(sizes == prices.map { $0 > 100 ? "dear" : "cheap" })
                let first = try await Book.objects.order(by: \.pageNum.asc.nullsFirst, \.nid.asc).first()
                #expect(first?.pageNum == nil)
                let hostile = "x'); DROP TABLE library_book; --"
                #expect(try await Book.objects.filter { $0.title.contains(hostile) }.count() == 0)
                let echoed = try await Book.objects.values { _ in Expr<String>.sql("\(hostile)") }.first()
                #expect(echoed == hostile)
            }
        }

        @Test("what is wrong says so before anything is sent")
        func refusals() async throws {
            await #expect(throws: ModelError.self) { try await Book.objects.fetch() }
            try await onRecordedRows {
                await #expect(throws: ModelError.self) { try await Book.objects[..<3].update { $0.keepNum.set(to: 1) } }
                await #expect(throws: ModelError.self) {
                    try await Publish.objects.create(from: ["nid": 9, "name": "x"]) { $0.name }
                }
                await #expect(throws: ModelError.self) { try await Entry.objects.raw("SELECT id FROM weblog_entry") }
                let new = Book(title: "", publishDate: Day(2024, 1, 1), price: 1, publish: .id(1))
                let count = try await new.authors.count()
                #expect(count == 0)
            }
        }
    }
}
