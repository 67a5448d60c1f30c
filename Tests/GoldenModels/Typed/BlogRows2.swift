// SPDX-License-Identifier: Apache-2.0

package import SluiceModels

package struct Article: Model {
    package static let declaration = GoldenModels.declaration("blog.Article")
    package var nid: Int
    package var title: String
    package var desc: String
    package var readCount: Int
    package var commentCount: Int
    package var upCount: Int
    package var downCount: Int
    package var category: Ref<Category>?
    package var createTime: Day
    package var blog: Ref<PersonalBlog>
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var tags: Many<Tag, Article2Tag> { many("tags", back: "article", through: Article2Tag.self) }
    package var articleDetail: RelatedOne<ArticleDetail> { relatedOne("articledetail", by: "article") }
    package var comments: RelatedSet<Article, Comment> { related("comment_set", by: "article") }

    package init(
        nid: Int = 0, title: String, desc: String, readCount: Int = 0, commentCount: Int = 0, upCount: Int = 0,
        downCount: Int = 0, category: Ref<Category>? = nil, createTime: Day, blog: Ref<PersonalBlog>
    ) {
        self.nid = nid
        self.title = title
        self.desc = desc
        self.readCount = readCount
        self.commentCount = commentCount
        self.upCount = upCount
        self.downCount = downCount
        self.category = category
        self.createTime = createTime
        self.blog = blog
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        title = try row.next()
        desc = try row.next()
        readCount = try row.next()
        commentCount = try row.next()
        upCount = try row.next()
        downCount = try row.next()
        category = try row.next()
        createTime = try row.next()
        blog = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(title)
        row.add(desc)
        row.add(readCount)
        row.add(commentCount)
        row.add(upCount)
        row.add(downCount)
        row.add(category)
        row.add(createTime)
        row.add(blog)
    }

    package struct Fields: ModelFields {
        package typealias Root = Article
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var title: Expr<String> { path.column("title") }
        package var desc: Expr<String> { path.column("desc") }
        package var readCount: Expr<Int> { path.column("read_count") }
        package var commentCount: Expr<Int> { path.column("comment_count") }
        package var upCount: Expr<Int> { path.column("up_count") }
        package var downCount: Expr<Int> { path.column("down_count") }
        package var category: MaybeOne<Category> { path.maybe("category") }
        package var createTime: Expr<Day> { path.column("create_time") }
        package var blog: PersonalBlog.Fields { path.one("blog") }
        package var tags: ToMany<Tag> { path.many("tags", back: "article") }
        package var articleDetail: MaybeOne<ArticleDetail> { path.maybe("articledetail") }
        package var comments: ToMany<Comment> { path.many("comment", accessor: "comment_set", back: "article") }
    }
}

package struct ArticleDetail: Model {
    package static let declaration = GoldenModels.declaration("blog.ArticleDetail")
    package var nid: Int
    package var content: String
    package var article: Ref<Article>
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package init(nid: Int = 0, content: String, article: Ref<Article>) {
        self.nid = nid
        self.content = content
        self.article = article
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        content = try row.next()
        article = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(content)
        row.add(article)
    }

    package struct Fields: ModelFields {
        package typealias Root = ArticleDetail
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var content: Expr<String> { path.column("content") }
        package var article: Article.Fields { path.one("article") }
    }
}

package struct Comment: Model {
    package static let declaration = GoldenModels.declaration("blog.Comment")
    package var nid: Int
    package var article: Ref<Article>
    package var content: String
    package var createTime: Timestamp
    package var parentComment: Ref<Comment>?
    package var user: Ref<UserInfo>
    package var upCount: Int
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var replies: OptionalRelatedSet<Comment, Comment> { optionalRelated("comment_set", by: "parent_comment") }

    package init(
        nid: Int = 0, article: Ref<Article>, content: String, createTime: Timestamp = Timestamp(microseconds: 0),
        parentComment: Ref<Comment>? = nil, user: Ref<UserInfo>, upCount: Int = 0
    ) {
        self.nid = nid
        self.article = article
        self.content = content
        self.createTime = createTime
        self.parentComment = parentComment
        self.user = user
        self.upCount = upCount
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        article = try row.next()
        content = try row.next()
        createTime = try row.next()
        parentComment = try row.next()
        user = try row.next()
        upCount = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(article)
        row.add(content)
        row.add(createTime)
        row.add(parentComment)
        row.add(user)
        row.add(upCount)
    }

    package struct Fields: ModelFields {
        package typealias Root = Comment
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var article: Article.Fields { path.one("article") }
        package var content: Expr<String> { path.column("content") }
        package var createTime: Expr<Timestamp> { path.column("create_time") }
        package var parentComment: MaybeOne<Comment> { path.maybe("parent_comment") }
        package var user: UserInfo.Fields { path.one("user") }
        package var upCount: Expr<Int> { path.column("up_count") }
        package var replies: ToMany<Comment> { path.many("comment", accessor: "comment_set", back: "parent_comment") }
    }
}

package struct Article2Tag: Model {
    package static let declaration = GoldenModels.declaration("blog.Article2Tag")
    package var nid: Int
    package var article: Ref<Article>
    package var tag: Ref<Tag>
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package init(nid: Int = 0, article: Ref<Article>, tag: Ref<Tag>) {
        self.nid = nid
        self.article = article
        self.tag = tag
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        article = try row.next()
        tag = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(article)
        row.add(tag)
    }

    package struct Fields: ModelFields {
        package typealias Root = Article2Tag
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var article: Article.Fields { path.one("article") }
        package var tag: Tag.Fields { path.one("tag") }
    }
}
