// SPDX-License-Identifier: Apache-2.0

package import SluiceModels

package struct AuthorDetail: Model {
    package static let declaration = GoldenModels.declaration("library.AuthorDetail")
    package var nid: Int
    package var birthday: Day
    package var telephone: Int
    package var addr: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var author: RelatedOne<Author> { relatedOne("author", by: "authorDetail") }

    package init(nid: Int = 0, birthday: Day, telephone: Int, addr: String) {
        self.nid = nid
        self.birthday = birthday
        self.telephone = telephone
        self.addr = addr
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        birthday = try row.next()
        telephone = try row.next()
        addr = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(birthday)
        row.add(telephone)
        row.add(addr)
    }

    package struct Fields: ModelFields {
        package typealias Root = AuthorDetail
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var birthday: Expr<Day> { path.column("birthday") }
        package var telephone: Expr<Int> { path.column("telephone") }
        package var addr: Expr<String> { path.column("addr") }
        package var author: MaybeOne<Author> { path.maybe("author") }
    }
}

package struct Author: Model {
    package static let declaration = GoldenModels.declaration("library.Author")
    package var nid: Int
    package var name: String
    package var age: Int
    package var authorDetail: Ref<AuthorDetail>
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var books: Many<Book, NoThrough> { many("book_set", back: "authors") }

    package init(nid: Int = 0, name: String, age: Int, authorDetail: Ref<AuthorDetail>) {
        self.nid = nid
        self.name = name
        self.age = age
        self.authorDetail = authorDetail
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        name = try row.next()
        age = try row.next()
        authorDetail = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(name)
        row.add(age)
        row.add(authorDetail)
    }

    package struct Fields: ModelFields {
        package typealias Root = Author
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var name: Expr<String> { path.column("name") }
        package var age: Expr<Int> { path.column("age") }
        package var authorDetail: AuthorDetail.Fields { path.one("authorDetail") }
        package var books: ToMany<Book> { path.many("book", accessor: "book_set", back: "authors") }
    }
}

package struct Publish: Model {
    package static let declaration = GoldenModels.declaration("library.Publish")
    package var nid: Int
    package var name: String
    package var city: String
    package var email: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var books: RelatedSet<Publish, Book> { related("book_set", by: "publish") }
    package var bookList: OptionalRelatedSet<Publish, Book> { optionalRelated("bookList", by: "pubHouse") }

    package init(nid: Int = 0, name: String, city: String, email: String) {
        self.nid = nid
        self.name = name
        self.city = city
        self.email = email
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        name = try row.next()
        city = try row.next()
        email = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(name)
        row.add(city)
        row.add(email)
    }

    package struct Fields: ModelFields {
        package typealias Root = Publish
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var name: Expr<String> { path.column("name") }
        package var city: Expr<String> { path.column("city") }
        package var email: Expr<String> { path.column("email") }
        package var books: ToMany<Book> { path.many("book", accessor: "book_set", back: "publish") }
        package var bookList: ToMany<Book> { path.many("bookList", back: "pubHouse") }
    }
}

package struct Book: Model {
    package static let declaration = GoldenModels.declaration("library.Book")
    package var nid: Int
    package var title: String
    package var publishDate: Day
    package var price: ExactDecimal
    package var pageNum: Int?
    package var keepNum: Int
    package var commentNum: Int
    package var publish: Ref<Publish>
    package var pubHouse: Ref<Publish>?
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var authors: Many<Author, NoThrough> { many("authors", back: "book") }

    package init(
        nid: Int = 0, title: String, publishDate: Day, price: ExactDecimal, pageNum: Int? = nil, keepNum: Int = 0,
        commentNum: Int = 0, publish: Ref<Publish>, pubHouse: Ref<Publish>? = nil
    ) {
        self.nid = nid
        self.title = title
        self.publishDate = publishDate
        self.price = price
        self.pageNum = pageNum
        self.keepNum = keepNum
        self.commentNum = commentNum
        self.publish = publish
        self.pubHouse = pubHouse
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        title = try row.next()
        publishDate = try row.next()
        price = try row.next()
        pageNum = try row.next()
        keepNum = try row.next()
        commentNum = try row.next()
        publish = try row.next()
        pubHouse = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(title)
        row.add(publishDate)
        row.add(price)
        row.add(pageNum)
        row.add(keepNum)
        row.add(commentNum)
        row.add(publish)
        row.add(pubHouse)
    }

    package struct Fields: ModelFields {
        package typealias Root = Book
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var title: Expr<String> { path.column("title") }
        package var publishDate: Expr<Day> { path.column("publishDate") }
        package var price: Expr<ExactDecimal> { path.column("price") }
        package var pageNum: Expr<Int?> { path.column("pageNum") }
        package var keepNum: Expr<Int> { path.column("keepNum") }
        package var commentNum: Expr<Int> { path.column("commentNum") }
        package var publish: Publish.Fields { path.one("publish") }
        package var pubHouse: MaybeOne<Publish> { path.maybe("pubHouse") }
        package var authors: ToMany<Author> { path.many("authors", back: "book") }
    }
}
