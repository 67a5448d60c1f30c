// SPDX-License-Identifier: Apache-2.0

package import SluiceModels

package struct UserInfo: Model {
    package static let declaration = GoldenModels.declaration("blog.UserInfo")
    package var password: String
    package var lastLogin: Timestamp?
    package var isSuperuser: Bool
    package var username: String
    package var firstName: String
    package var lastName: String
    package var email: String
    package var isStaff: Bool
    package var isActive: Bool
    package var dateJoined: Timestamp
    package var nid: Int
    package var nickname: String
    package var telephone: String?
    package var avatar: String
    package var createTime: Timestamp
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var fans: Many<UserInfo, UserFans> { many("fans", back: "f", through: UserFans.self) }
    package var followed: Many<UserInfo, UserFans> { many("f", back: "fans", through: UserFans.self) }
    package var blog: RelatedOne<PersonalBlog> { relatedOne("blog", by: "user") }
    package var comments: RelatedSet<UserInfo, Comment> { related("comment_set", by: "user") }

    package init(
        password: String, lastLogin: Timestamp? = nil, isSuperuser: Bool = false, username: String,
        firstName: String = "", lastName: String = "", email: String = "", isStaff: Bool = false, isActive: Bool = true,
        dateJoined: Timestamp, nid: Int = 0, nickname: String, telephone: String? = nil,
        avatar: String = "/avatar/default.png", createTime: Timestamp = Timestamp(microseconds: 0)
    ) {
        self.password = password
        self.lastLogin = lastLogin
        self.isSuperuser = isSuperuser
        self.username = username
        self.firstName = firstName
        self.lastName = lastName
        self.email = email
        self.isStaff = isStaff
        self.isActive = isActive
        self.dateJoined = dateJoined
        self.nid = nid
        self.nickname = nickname
        self.telephone = telephone
        self.avatar = avatar
        self.createTime = createTime
    }

    package init(row: inout ModelRow) throws {
        password = try row.next()
        lastLogin = try row.next()
        isSuperuser = try row.next()
        username = try row.next()
        firstName = try row.next()
        lastName = try row.next()
        email = try row.next()
        isStaff = try row.next()
        isActive = try row.next()
        dateJoined = try row.next()
        nid = try row.next()
        nickname = try row.next()
        telephone = try row.next()
        avatar = try row.next()
        createTime = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(password)
        row.add(lastLogin)
        row.add(isSuperuser)
        row.add(username)
        row.add(firstName)
        row.add(lastName)
        row.add(email)
        row.add(isStaff)
        row.add(isActive)
        row.add(dateJoined)
        row.add(nid)
        row.add(nickname)
        row.add(telephone)
        row.add(avatar)
        row.add(createTime)
    }

    package struct Fields: ModelFields {
        package typealias Root = UserInfo
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var password: Expr<String> { path.column("password") }
        package var lastLogin: Expr<Timestamp?> { path.column("last_login") }
        package var isSuperuser: Expr<Bool> { path.column("is_superuser") }
        package var username: Expr<String> { path.column("username") }
        package var firstName: Expr<String> { path.column("first_name") }
        package var lastName: Expr<String> { path.column("last_name") }
        package var email: Expr<String> { path.column("email") }
        package var isStaff: Expr<Bool> { path.column("is_staff") }
        package var isActive: Expr<Bool> { path.column("is_active") }
        package var dateJoined: Expr<Timestamp> { path.column("date_joined") }
        package var nid: Expr<Int> { path.column("nid") }
        package var nickname: Expr<String> { path.column("nickname") }
        package var telephone: Expr<String?> { path.column("telephone") }
        package var avatar: Expr<String> { path.column("avatar") }
        package var createTime: Expr<Timestamp> { path.column("create_time") }
        package var fans: ToMany<UserInfo> { path.many("fans", back: "f") }
        package var followed: ToMany<UserInfo> { path.many("f", back: "fans") }
        package var blog: MaybeOne<PersonalBlog> { path.maybe("blog") }
        package var comments: ToMany<Comment> { path.many("comment", accessor: "comment_set", back: "user") }
    }
}

package struct UserFans: Model {
    package static let declaration = GoldenModels.declaration("blog.UserFans")
    package var nid: Int
    package var user: Ref<UserInfo>
    package var follower: Ref<UserInfo>
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package init(nid: Int = 0, user: Ref<UserInfo>, follower: Ref<UserInfo>) {
        self.nid = nid
        self.user = user
        self.follower = follower
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        user = try row.next()
        follower = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(user)
        row.add(follower)
    }

    package struct Fields: ModelFields {
        package typealias Root = UserFans
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var user: UserInfo.Fields { path.one("user") }
        package var follower: UserInfo.Fields { path.one("follower") }
    }
}

package struct PersonalBlog: Model {
    package static let declaration = GoldenModels.declaration("blog.Blog")
    package var nid: Int
    package var title: String
    package var site: String
    package var theme: String
    package var user: Ref<UserInfo>
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var categories: RelatedSet<PersonalBlog, Category> { related("category_set", by: "blog") }
    package var tags: RelatedSet<PersonalBlog, Tag> { related("tag_set", by: "blog") }
    package var articles: RelatedSet<PersonalBlog, Article> { related("article_set", by: "blog") }

    package init(nid: Int = 0, title: String, site: String, theme: String, user: Ref<UserInfo>) {
        self.nid = nid
        self.title = title
        self.site = site
        self.theme = theme
        self.user = user
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        title = try row.next()
        site = try row.next()
        theme = try row.next()
        user = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(title)
        row.add(site)
        row.add(theme)
        row.add(user)
    }

    package struct Fields: ModelFields {
        package typealias Root = PersonalBlog
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var title: Expr<String> { path.column("title") }
        package var site: Expr<String> { path.column("site") }
        package var theme: Expr<String> { path.column("theme") }
        package var user: UserInfo.Fields { path.one("user") }
        package var categories: ToMany<Category> { path.many("category", accessor: "category_set", back: "blog") }
        package var tags: ToMany<Tag> { path.many("tag", accessor: "tag_set", back: "blog") }
        package var articles: ToMany<Article> { path.many("article", accessor: "article_set", back: "blog") }
    }
}

package struct Category: Model {
    package static let declaration = GoldenModels.declaration("blog.Category")
    package var nid: Int
    package var title: String
    package var blog: Ref<PersonalBlog>
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var articles: OptionalRelatedSet<Category, Article> { optionalRelated("article_set", by: "category") }

    package init(nid: Int = 0, title: String, blog: Ref<PersonalBlog>) {
        self.nid = nid
        self.title = title
        self.blog = blog
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        title = try row.next()
        blog = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(title)
        row.add(blog)
    }

    package struct Fields: ModelFields {
        package typealias Root = Category
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var title: Expr<String> { path.column("title") }
        package var blog: PersonalBlog.Fields { path.one("blog") }
        package var articles: ToMany<Article> { path.many("article", accessor: "article_set", back: "category") }
    }
}

package struct Tag: Model {
    package static let declaration = GoldenModels.declaration("blog.Tag")
    package var nid: Int
    package var title: String
    package var blog: Ref<PersonalBlog>
    package var state = ModelState()
    package var primaryKey: Int {
        get { nid }
        set { nid = newValue }
    }

    package var articles: Many<Article, Article2Tag> { many("article_set", back: "tags", through: Article2Tag.self) }

    package init(nid: Int = 0, title: String, blog: Ref<PersonalBlog>) {
        self.nid = nid
        self.title = title
        self.blog = blog
    }

    package init(row: inout ModelRow) throws {
        nid = try row.next()
        title = try row.next()
        blog = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(nid)
        row.add(title)
        row.add(blog)
    }

    package struct Fields: ModelFields {
        package typealias Root = Tag
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var nid: Expr<Int> { path.column("nid") }
        package var title: Expr<String> { path.column("title") }
        package var blog: PersonalBlog.Fields { path.one("blog") }
        package var articles: ToMany<Article> { path.many("article", accessor: "article_set", back: "tags") }
    }
}
