// SPDX-License-Identifier: Apache-2.0

import GoldenModels
import SluiceModels
import Testing

extension TypedCases {
    /// The seed's blog system and pizzerias: what is loaded with rows; and its small models.
    @Suite struct Blogs {
        @Test func referencesLoadedWithRows() async throws {
            try await golden("selrel.none-two-queries") { try await Article.objects.get(2).category?.get().title }
            try await golden("selrel.category-loop") {
                try await Article.objects.selectRelated(\.category).order(by: \.nid.asc).fetch().map {
                    $0.category?.loaded?.title as Any
                }
            }
            try await golden("selrel.category-loop-without") {
                var titles: [Any] = []
                for article in try await Article.objects.filter({ $0.nid <= 20 }).order(by: \.nid.asc).fetch() {
                    titles.append(try await article.category?.get().title as Any)
                }
                return titles
            }
            try await golden("selrel.reverse-o2o-missing") {
                try await Article.objects.selectRelated(\.category).get { $0.nid == 1 }.articleDetail.get().nid
            }
            try await golden("selrel.chained") {
                try await Article.objects.selectRelated(\.category).selectRelated(\.articleDetail)
                    .get { $0.nid == 1 }.articleDetail.loaded?.nid
            }
            try await golden("selrel.deep") {
                try await Article.objects.selectRelated(\.blog.user).get { $0.nid == 1 }.blog.loaded?.user.loaded?
                    .username
            }
            try await golden("selrel.no-args") {
                let article = try await Article.objects.selectRelated().get { $0.nid == 1 }
                return [article.blog.loaded?.user.loaded?.username as Any, article.category?.id as Any]
            }
            try await golden("selrel.hometown") {
                let book = try await Novel.objects.selectRelated(\.author.hometown).get { $0.id == 4 }
                return [book.author.loaded?.id, book.author.loaded?.hometown?.loaded?.id].map { $0 as Any }
            }
            try await golden("selrel.hometown-without") {
                let author = try await Novel.objects.get { $0.id == 4 }.author.get()
                return [author.id, try await author.hometown?.get().id].map { $0 as Any }
            }
        }

        @Test func prefetching() async throws {
            try await golden("prefetch.without") {
                var tags: [[Int]] = []
                for article in try await Article.objects.filter({ $0.nid <= 4 }).order(by: \.nid.asc).fetch() {
                    tags.append(try await article.tags.fetch().map(\.nid).sorted())
                }
                return tags
            }
            try await golden("prefetch.pizza-toppings") {
                let pizzas = try await Pizza.objects.order(by: \.name.asc).prefetchRelated(\.toppings).fetch()
                return pizzas.map { [$0.name, ($0.toppings.loaded ?? []).map(\.name).sorted()] as [Any] }
            }
            try await golden("prefetch.pizzas-toppings") {
                let restaurants = try await Pizzeria.objects.order(by: \.id.asc)
                    .prefetchRelated(\.pizzas) { $0.order(by: \.id.asc).prefetchRelated(\.toppings) }.fetch()
                return restaurants.map { restaurant in
                    [restaurant.id, (restaurant.pizzas.loaded ?? []).map(toppings)] as [Any]
                }
            }
            // The same relations by one path.
            try await golden("prefetch.pizzas-toppings") {
                let restaurants = try await Pizzeria.objects.order(by: \.id.asc)
                    .prefetchRelated(\.pizzas.toppings).fetch()
                return restaurants.map { restaurant in
                    let pizzas = (restaurant.pizzas.loaded ?? []).sorted { $0.id < $1.id }
                    return [restaurant.id, pizzas.map(toppings)] as [Any]
                }
            }
            for id in ["prefetch.best-pizza-toppings", "prefetch.with-select-related"] {
                try await golden(id) {
                    let restaurants = try await Pizzeria.objects.order(by: \.id.asc).selectRelated(\.bestPizza)
                        .prefetchRelated(\.bestPizza.toppings).fetch()
                    return restaurants.map { restaurant in
                        let best = restaurant.bestPizza.loaded
                        return [restaurant.id, best?.id as Any, (best?.toppings.loaded ?? []).map(\.id).sorted()]
                            as [Any]
                    }
                }
            }
        }

        private func toppings(_ pizza: Pizza) -> Any {
            [pizza.id, (pizza.toppings.loaded ?? []).map(\.id).sorted()] as [Any]
        }

        @Test func relationsToItself() async throws {
            try await golden("m2mself.fans") { try await UserInfo.objects.get(1).fans.fetch().map(\.nid).sorted() }
            try await golden("m2mself.reverse-f") {
                try await UserInfo.objects.get(1).followed.fetch().map(\.nid).sorted()
            }
        }

        @Test func rawPieces() async throws {
            try await golden("extra.is-recent-typed") {
                try await Article.objects.order(by: \.nid.asc)
                    .values { ($0.nid, ($0.createTime > Day(2017, 9, 5)).expression) }.fetch()
            }
            try await golden("extra.strftime") {
                named(
                    ["standard_time", "nid", "title"],
                    try await Article.objects.filter { $0.nid == 1 }.values { article in
                        (
                            Expr<String>.sql("strftime('%Y-%m-%d', \(article.createTime))"), article.nid,
                            article.title
                        )
                    }.fetch())
            }
            try await golden("extra.where") {
                try await Article.objects.filter { article in
                    .sql("\(article.nid) in (1,3) OR \(article.title) like 'py%'") && article.nid > 2
                }.order(by: \.nid.asc).values(\.nid).fetch()
            }
        }

        @Test func users() async throws {
            try await golden("abstract.inherited-fields") {
                named(
                    ["nid", "username", "is_superuser", "nickname", "telephone"],
                    try await UserInfo.objects.order(by: \.nid.asc)
                        .values(\.nid, \.username, \.isSuperuser, \.nickname, \.telephone)[..<4].fetch())
            }
            try await golden("abstract.auto-now-add") {
                let user = try await UserInfo.objects.create(
                    UserInfo(
                        password: "x", username: "new", dateJoined: try Databases.required().main.now, nickname: "n"))
                return [user.createTime, user.avatar, user.telephone as Any, user.firstName] as [Any]
            }
        }

        @Test func whatIsDeclared() async throws {
            try await golden("abstract.verbose-name") {
                func name(_ declaration: ModelDeclaration, _ field: String) -> String? {
                    declaration.fields.first { $0.name == field }?.verboseName
                }
                return [
                    name(UserInfo.declaration, "nickname"), name(PersonalBlog.declaration, "site"),
                    name(Article.declaration, "up_count") ?? "up count",
                ].map { $0 as Any }
            }
            try await golden("through.plain-table-name") {
                let through = try Databases.required().main.schema.required("social.PlainGroup_members")
                return [through.table, through.fields.map(\.column).sorted()] as [Any]
            }
        }

        @Test func smallModels() async throws {
            try await golden("choices.enum") {
                let student = try await Student.objects.filter { $0.yearInSchool == .senior }.order(by: \.id.asc)
                    .first()
                return [student?.yearInSchool.rawValue, student?.yearInSchool.label].map { $0 as Any }
            }
            try await golden("choices.default") { Student(name: "x", shirtSize: .small).yearInSchool }
            try await golden("choices.list") { SchoolYear.choices.map { [$0.value.plain, $0.label] } }
            try await golden("meta.ordering") { try await Student.objects.values(\.name).fetch() }
            try await golden("manager.db-table") { Doc.declaration.table }
            try await golden("ondelete.cascade") { report(try await OwnerA.objects.get(2).delete()) }
            try await golden("ondelete.set-null") { report(try await OwnerA.objects.get(5).delete()) }
            try await golden("keyed.default-callable") {
                Keyed(label: "made").id != Keyed(label: "made").id
            }
            try await golden("logging.sql-captured") {
                let (_, log) = await QueryLog.record { try? await Student.objects.filter { $0.pk == 1 }.fetch() }
                return [log.count, log.entries[0].sql.hasPrefix("SELECT")] as [Any]
            }
        }
    }
}

extension Value {
    fileprivate var plain: String { if case .text(let text) = self { text } else { "" } }
}
