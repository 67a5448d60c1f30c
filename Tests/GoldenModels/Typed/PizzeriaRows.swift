// SPDX-License-Identifier: Apache-2.0

package import SluiceModels

package struct Topping: Model {
    package static let declaration = GoldenModels.declaration("pizzeria.Topping")
    package var id: Int
    package var name: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var pizzas: Many<Pizza, NoThrough> { many("pizza_set", back: "toppings") }

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
        package typealias Root = Topping
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var pizzas: ToMany<Pizza> { path.many("pizza", accessor: "pizza_set", back: "toppings") }
    }
}

package struct Pizza: Model {
    package static let declaration = GoldenModels.declaration("pizzeria.Pizza")
    package var id: Int
    package var name: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var toppings: Many<Topping, NoThrough> { many("toppings", back: "pizza") }
    package var restaurants: Many<Pizzeria, NoThrough> { many("restaurants", back: "pizzas") }
    package var championedBy: RelatedSet<Pizza, Pizzeria> { related("championed_by", by: "best_pizza") }

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
        package typealias Root = Pizza
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var toppings: ToMany<Topping> { path.many("toppings", back: "pizza") }
        package var restaurants: ToMany<Pizzeria> { path.many("restaurants", back: "pizzas") }
        package var championedBy: ToMany<Pizzeria> { path.many("championed_by", back: "best_pizza") }
    }
}

package struct Pizzeria: Model {
    package static let declaration = GoldenModels.declaration("pizzeria.Restaurant")
    package var id: Int
    package var name: String
    package var bestPizza: Ref<Pizza>
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var pizzas: Many<Pizza, NoThrough> { many("pizzas", back: "restaurants") }

    package init(id: Int = 0, name: String, bestPizza: Ref<Pizza>) {
        self.id = id
        self.name = name
        self.bestPizza = bestPizza
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        bestPizza = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(bestPizza)
    }

    package struct Fields: ModelFields {
        package typealias Root = Pizzeria
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var bestPizza: Pizza.Fields { path.one("best_pizza") }
        package var pizzas: ToMany<Pizza> { path.many("pizzas", back: "restaurants") }
    }
}

package struct City: Model {
    package static let declaration = GoldenModels.declaration("pizzeria.City")
    package var id: Int
    package var name: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var people: OptionalRelatedSet<City, Citizen> { optionalRelated("person_set", by: "hometown") }

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
        package typealias Root = City
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var people: ToMany<Citizen> { path.many("person", accessor: "person_set", back: "hometown") }
    }
}

package struct Citizen: Model {
    package static let declaration = GoldenModels.declaration("pizzeria.Person")
    package var id: Int
    package var name: String
    package var hometown: Ref<City>?
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package var books: RelatedSet<Citizen, Novel> { related("book_set", by: "author") }

    package init(id: Int = 0, name: String, hometown: Ref<City>? = nil) {
        self.id = id
        self.name = name
        self.hometown = hometown
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        hometown = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(hometown)
    }

    package struct Fields: ModelFields {
        package typealias Root = Citizen
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var hometown: MaybeOne<City> { path.maybe("hometown") }
        package var books: ToMany<Novel> { path.many("book", accessor: "book_set", back: "author") }
    }
}

package struct Novel: Model {
    package static let declaration = GoldenModels.declaration("pizzeria.Book")
    package var id: Int
    package var title: String
    package var author: Ref<Citizen>
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package init(id: Int = 0, title: String, author: Ref<Citizen>) {
        self.id = id
        self.title = title
        self.author = author
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        title = try row.next()
        author = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(title)
        row.add(author)
    }

    package struct Fields: ModelFields {
        package typealias Root = Novel
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var title: Expr<String> { path.column("title") }
        package var author: Citizen.Fields { path.one("author") }
    }
}
