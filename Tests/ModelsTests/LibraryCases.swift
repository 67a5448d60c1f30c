// SPDX-License-Identifier: Apache-2.0

import GoldenModels
import SluiceModels
import Testing

extension TypedCases {
    /// The seed's bookshop: publishers, books, authors.
    @Suite struct Library {
        @Test func creating() async throws {
            try await golden("create.create") {
                try await Publish.objects.create(Publish(name: "人民出版社", city: "北京", email: "renMin@163.com"))
            }
            try await golden("create.from-dict") {
                let form: [String: Value] = ["name": "机械工业", "city": "上海", "email": "a@b.cn"]
                return try await Publish.objects.create(from: form) { ($0.name, $0.city, $0.email) }
            }
            try await golden("create.fk-object") {
                let publish = try await Publish.objects.get { $0.nid == 1 }
                return try await Book.objects.create(
                    Book(
                        title: "金瓶眉", publishDate: Day(2012, 12, 12), price: 665, pageNum: 334, publish: .to(publish))
                ).nid
            }
            try await golden("create.fk-id") {
                let book = try await Book.objects.create(
                    Book(title: "金瓶眉", publishDate: Day(2012, 12, 12), price: 665, pageNum: 334, publish: .id(1)))
                return try await book.publish.get().name
            }
        }

        @Test func manyToMany() async throws {
            try await golden("m2m.add-pks") {
                let book = try await Book.objects.get(1)
                try await book.authors.set([])
                try await book.authors.add(ids: [1, 3])
                return try await book.authors.fetch().map(\.nid).sorted()
            }
            try await golden("m2m.create") {
                let book = try await Book.objects.get(1)
                let detail = try await AuthorDetail.objects.create(
                    AuthorDetail(birthday: Day(1990, 1, 1), telephone: 1, addr: "x"))
                let author = try await book.authors.create(Author(name: "new", age: 1, authorDetail: .to(detail)))
                return (author.nid, try await book.authors.filter { $0 == author }.exists())
            }
            try await golden("m2m.remove") {
                let first = try await Book.objects.filter { $0.authors.pk == 1 }.order(by: \.nid.asc).first()
                let book = try #require(first)
                try await book.authors.remove(try await Author.objects.get(1))
                return try await book.authors.filter { $0.pk == 1 }.exists()
            }
            try await golden("m2m.clear") {
                let (book, _) = try #require(
                    try await Book.objects.annotate { $0.authors.count() }.filter { _, n in n > 1 }
                        .order { book, _ in [book.nid.asc] }.first())
                try await book.authors.clear()
                return try await book.authors.count()
            }
            try await golden("m2m.set-replaces") {
                let book = try await Book.objects.get(4)
                try await book.authors.set(ids: [1, 2, 3])
                try await book.authors.set(ids: [2, 5])
                return try await book.authors.values(\.nid).fetch().sorted()
            }
        }

        @Test func asking() async throws {
            try await golden("api.all") { try await Book.objects.fetch() }
            try await golden("api.filter") { try await Book.objects.filter { $0.title == "金瓶眉" }.fetch() }
            try await golden("api.get-none") { try await Book.objects.get { $0.nid == 99999 } }
            try await golden("api.get-many") { try await Author.objects.get { $0.name == "yuan" } }
            try await golden("api.values-all") {
                named(
                    ["nid", "name", "city", "email"],
                    try await Publish.objects.order(by: \.nid.asc).values(\.nid, \.name, \.city, \.email).fetch())
            }
            try await golden("api.values-list") {
                try await Publish.objects.order(by: \.nid.asc).values(\.name, \.city).fetch()
            }
            try await golden("api.count") { try await Book.objects.filter { $0.price > 50 }.count() }
            try await golden("api.first") { try await Book.objects.order(by: \.keepNum.desc, \.nid.asc).first() }
            try await golden("api.first-empty") { try await Book.objects.filter { $0.nid < 0 }.first() }
            try await golden("api.last") { try await Book.objects.order(by: \.keepNum.desc, \.nid.asc).last() }
            try await golden("api.exists-false") { try await Book.objects.filter { $0.title == "无" }.exists() }
        }

        @Test func lookUps() async throws {
            try await golden("lookup.lt-gt") { try await Book.objects.filter { $0.nid < 10 && $0.nid > 1 }.fetch() }
            try await golden("lookup.in") { try await Book.objects.filter { $0.nid.in([11, 22, 33]) }.fetch() }
            try await golden("lookup.contains") {
                try await Book.objects.filter { $0.title.contains("th") }.order(by: \.nid.asc).values(\.title).fetch()
            }
            try await golden("lookup.contains-cjk") {
                try await Book.objects.filter { $0.title.contains("风筝") }.order(by: \.nid.asc).values(\.nid).fetch()
            }
            try await golden("lookup.icontains") {
                try await Book.objects.filter { $0.title.icontains("PY") }.order(by: \.nid.asc).values(\.title).fetch()
            }
            try await golden("lookup.range") { try await Book.objects.filter { $0.nid.range(1...2) }.fetch() }
            try await golden("lookup.startswith") {
                try await Book.objects.filter { $0.title.startsWith("Py") }.order(by: \.nid.asc).values(\.title).fetch()
            }
            try await golden("lookup.istartswith") {
                try await Book.objects.filter { $0.title.istartsWith("py") }.order(by: \.nid.asc).values(\.title)
                    .fetch()
            }
            try await golden("lookup.endswith") {
                try await Book.objects.filter { $0.title.endsWith("on") }.order(by: \.nid.asc).values(\.title).fetch()
            }
        }

        @Test func relatedObjects() async throws {
            try await golden("related.fk-forward") { try await Book.objects.get(1).publish.get().city }
            try await golden("related.fk-reverse") {
                let publish = try #require(try await Publish.objects.filter { $0.name == "人民出版社" }.first())
                return try await publish.books.fetch().map(\.title).sorted()
            }
            try await golden("related.o2o-forward") {
                try await Author.objects.get { $0.name == "egon" }.authorDetail.get().telephone
            }
            try await golden("related.m2m-forward") {
                let book = try #require(try await Book.objects.filter { $0.title == "金瓶眉" }.first())
                return try await book.authors.selectRelated(\.authorDetail).fetch().map {
                    ($0.name, $0.authorDetail.loaded?.telephone)
                }
            }
        }

        @Test func acrossRelations() async throws {
            try await golden("cross.ex1-forward") {
                try await Book.objects.filter { $0.publish.name == "人民出版社" }.values(\.title, \.price).fetch()
            }
            try await golden("cross.ex2-forward") {
                try await Book.objects.filter { $0.authors.name == "yuan" }.values(\.title).fetch().map { [$0] }
            }
            try await golden("cross.ex2-reverse") {
                try await Author.objects.filter { $0.name == "yuan" }.values(\.books.title, \.books.price).fetch()
            }
            try await golden("cross.ex3-forward") {
                try await Book.objects.filter { $0.publish.name == "人民出版社" }.values(\.title, \.authors.name).fetch()
            }
            try await golden("cross.ex3-reverse") {
                try await Publish.objects.filter { $0.name == "人民出版社" }
                    .values(\.books.title, \.books.authors.age, \.books.authors.name).fetch()
            }
            try await golden("cross.ex4") {
                try await Book.objects.filter { $0.authors.authorDetail.telephone.regex("151") }
                    .values(\.title, \.publish.name).fetch()
            }
            try await golden("cross.ex4-startswith") {
                try await Book.objects.filter { book in
                    book.authors.authorDetail.telephone.cast(as: .text, String?.self).startsWith("151")
                }.values(\.title, \.publish.name).fetch()
            }
            try await golden("cross.related-name") {
                try await Publish.objects.filter { $0.name == "人民出版社" }
                    .values(\.bookList.title, \.bookList.price).fetch()
            }
        }

        @Test func aggregates() async throws {
            try await golden("agg.avg-default-name") {
                ["price__avg": try await Book.objects.aggregate { $0.price.avg() } as Any]
            }
            try await golden("agg.avg-named") {
                ["average_price": try await Book.objects.aggregate { $0.price.avg() } as Any]
            }
            try await golden("agg.several") {
                let (keep, max, min) = try await Book.objects.aggregate {
                    ($0.keepNum.avg(), $0.price.max(), $0.price.min())
                }
                return ["keepNum__avg": keep as Any, "price__max": max as Any, "price__min": min as Any]
            }
        }

        @Test func annotations() async throws {
            try await golden("annotate.count-authors") {
                try await Book.objects.annotate { $0.authors.count() }.order { book, _ in [book.nid.asc] }
                    .values { book, n in (book.title, n) }.fetch()
            }
            try await golden("annotate.instances") {
                try await Book.objects.order(by: \.nid.asc)[..<5].annotate { $0.authors.count() }.fetch().map {
                    ($0.0.title, $0.1)
                }
            }
            try await golden("annotate.min-price") {
                try await Publish.objects.order(by: \.nid.asc).annotate { $0.books.price.min() }.fetch().map {
                    ($0.0.name, $0.1)
                }
            }
            try await golden("annotate.having") {
                try await Book.objects.annotate { $0.authors.count() }.filter { _, n in n > 1 }
                    .order { book, _ in [book.nid.asc] }.values { book, n in (book.nid, n) }.fetch()
            }
            try await golden("annotate.order-by") {
                try await Book.objects.annotate { $0.authors.count() }.order { book, n in [n.asc, book.nid.asc] }
                    .values { book, n in (book.nid, n) }.fetch()
            }
            try await golden("annotate.sum-per-author") {
                try await Author.objects.annotate { $0.books.price.sum() }.order { author, _ in [author.nid.asc] }
                    .values { author, sum in (author.name, sum) }.fetch()
            }
        }

        @Test func groups() async throws {
            try await golden("group.values-annotate") {
                named(
                    ["publish__name", "MinPrice"],
                    try await Book.objects.values(\.publish.name).annotate { $0.price.min() }
                        .order { book, _ in [book.publish.name.asc] }.fetch())
            }
            try await golden("group.values-annotate-values-list") {
                try await Book.objects.values(\.authors.name).annotate { $0.price.sum() }.fetch()
            }
        }

        @Test func expressions() async throws {
            try await golden("fexpr.compare-twice") {
                try await Book.objects.filter { $0.commentNum < $0.keepNum * 2 }.order(by: \.nid.asc).values(\.nid)
                    .fetch()
            }
            try await golden("q.and-not") {
                try await Book.objects.filter { $0.authors.name == "yuan" && !($0.publishDate.year == 2017) }
                    .values(\.title).fetch().map { [$0] }
            }
            try await golden("q.or-and-kwargs") {
                try await Book.objects.filter {
                    ($0.publishDate.year == 2016 || $0.publishDate.year == 2017) && $0.title.icontains("python")
                }.order(by: \.nid.asc).values(\.nid).fetch()
            }
            try await golden("q.single") { try await Book.objects.filter { $0.title.startsWith("Py") }.count() }
        }

        @Test func changing() async throws {
            try await golden("update.one") {
                try await Author.objects.filter { $0.nid == 5 }.update { $0.name.set(to: "alvin") }
            }
            try await golden("delete.queryset") {
                report(try await Book.objects.filter { $0.publishDate.year == 2005 }.delete())
            }
            try await golden("delete.cascade") { report(try await Publish.objects.get(5).delete()) }
            try await golden("delete.set-null") { report(try await Publish.objects.get(11).delete()) }
        }
    }
}

/// A deletion in the form of the cases.
func report(_ report: DeleteReport) -> Any {
    let counts = Dictionary(uniqueKeysWithValues: report.counts.map { ($0.model, $0.count as Any) })
    return [report.total as Any, counts as Any]
}
