// SPDX-License-Identifier: Apache-2.0

import GoldenModels
import SluiceModels
import Testing

extension TypedCases {
    /// The queries 30 to 60 of the seed documents: the bookshop.
    @Suite struct SeedQueriesLibrary {
        @Test("30–34: comparisons") func comparisons() async throws {
            try await seed("030") { try await Book.objects.filter { $0.nid < 10 && $0.nid > 1 }.fetch() }
            try await seed("031") { try await Book.objects.filter { $0.nid.in([11, 22, 33]) }.fetch() }
            try await seed("031b") { try await Book.objects.exclude { $0.nid.in([11, 22, 33]) }.fetch() }
            try await seed("032") { try await Book.objects.filter { $0.title.contains("风筝") }.fetch() }
            try await seed("032b") { try await Book.objects.filter { $0.title.icontains("TH") }.fetch() }
            try await seed("033") { try await Book.objects.filter { $0.nid.range(1...2) }.fetch() }
            try await seed("034") { try await Book.objects.filter { $0.title.startsWith("Go") }.fetch() }
            try await seed("034b") { try await Book.objects.filter { $0.title.istartsWith("go") }.fetch() }
            try await seed("034c") { try await Book.objects.filter { $0.title.endsWith("Action") }.fetch() }
            try await seed("034d") { try await Book.objects.filter { $0.title.iendsWith("ACTION") }.fetch() }
        }

        @Test("35–38: from object to object") func objects() async throws {
            try await seed("035") { try await Book.objects.get(1).publish.get().city }
            try await seed("035") { try await Book.objects.selectRelated(\.publish).get(1).publish.loaded?.city }
            try await seed("036") { try await Publish.objects.get(1).books.fetch() }
            try await seed("037") {
                try await AuthorDetail.objects.filter { $0.addr == "beijing" }.selectRelated(\.author)
                    .order(by: \.nid.asc).fetch().map { $0.author.loaded?.name as Any }
            }
            try await seed("038") {
                try await Book.objects.get(20).authors.selectRelated(\.authorDetail).order(by: \.nid.asc).fetch()
                    .map { ($0.name, $0.authorDetail.loaded?.telephone) }
            }
        }

        @Test("39–45: columns across relations") func columns() async throws {
            let people = "人民出版社"
            try await seed("039") {
                try await Book.objects.filter { $0.publish.name == people }.values(\.title, \.price).fetch()
            }
            try await seed("040") {
                try await Publish.objects.filter { $0.name == people }.values(\.books.title, \.books.price).fetch()
            }
            try await seed("041") {
                try await Book.objects.filter { $0.authors.name == "yuan" }.values(\.title).fetch()
            }
            try await seed("042") {
                try await Book.objects.filter { $0.publish.name == people }.values(\.title, \.authors.name).fetch()
            }
            try await seed("043") {
                try await Publish.objects.filter { $0.name == people }
                    .values(\.books.title, \.books.authors.age, \.books.authors.name).fetch()
            }
            try await seed("044") {
                try await Book.objects.filter { $0.authors.authorDetail.telephone.regex("151") }
                    .values(\.title, \.publish.name).fetch()
            }
            try await seed("045") {
                try await Publish.objects.filter { $0.name == people }.values(\.bookList.title, \.bookList.price)
                    .fetch()
            }
        }

        @Test("46–48: aggregates") func aggregates() async throws {
            try await seed("046") { [try await Book.objects.aggregate { $0.price.avg() } as Any] }
            try await seed("047") {
                let average = try await Book.objects.aggregate { $0.price.avg() }
                return ["average_price": average as Any]
            }
            try await seed("048") {
                let (average, greatest, least) = try await Book.objects.aggregate {
                    ($0.price.avg(), $0.price.max(), $0.price.min())
                }
                return ["price__avg": average as Any, "price__max": greatest as Any, "price__min": least as Any]
            }
        }

        @Test("49–55: annotations and groups") func annotations() async throws {
            try await seed("049") {
                try await Book.objects.order(by: \.nid.asc).annotate { $0.authors.count() }.fetch().map {
                    ($0.0.nid, $0.1)
                }
            }
            try await seed("050") {
                try await Publish.objects.order(by: \.nid.asc).annotate { $0.books.price.min() }.fetch().map {
                    ($0.0.nid, $0.1)
                }
            }
            try await seed("051") {
                try await Book.objects.values(\.publish.name).annotate { $0.price.min() }.fetch()
            }
            try await seed("052") {
                try await Book.objects.filter { $0.title.startsWith("Go") }.order(by: \.nid.asc)
                    .annotate { $0.authors.count() }.fetch().map { ($0.0.nid, $0.1) }
            }
            try await seed("053") {
                try await Book.objects.order(by: \.nid.asc).annotate { $0.authors.count() }.filter { _, n in n > 1 }
                    .fetch().map { ($0.0.nid, $0.1) }
            }
            try await seed("054") {
                try await Book.objects.annotate { $0.authors.count() }.order { book, n in [n.asc, book.nid.asc] }
                    .fetch().map { ($0.0.nid, $0.1) }
            }
            try await seed("055") {
                try await Author.objects.annotate { $0.books.price.sum() }
                    .values { author, sum in (author.name, sum) }.fetch()
            }
        }

        @Test("56–60: columns with columns, and conditions put together") func conditions() async throws {
            try await seed("056") { try await Book.objects.filter { $0.commentNum < $0.keepNum * 2 }.fetch() }
            try await seed("057") {
                try await Book.objects.filter { $0.price < 900 }.update { $0.price.set(to: $0.price + 30) }
            }
            try await seed("058") {
                try await Book.objects.filter { $0.authors.name == "yuan" || $0.authors.name == "egon" }.fetch()
            }
            try await seed("058b") {
                try await Book.objects.filter { $0.authors.any { $0.name == "yuan" || $0.name == "egon" } }.fetch()
            }
            try await seed("059") {
                try await Book.objects.filter { book in
                    book.authors.any { $0.name == "yuan" } && !(book.publishDate.year == 2017)
                }.fetch()
            }
            try await seed("060") {
                try await Book.objects.filter {
                    ($0.publishDate.year == 2016 || $0.publishDate.year == 2017) && $0.title.icontains("python")
                }.fetch()
            }
        }
    }
}
