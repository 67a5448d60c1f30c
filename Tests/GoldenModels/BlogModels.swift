// SPDX-License-Identifier: Apache-2.0

import SluiceModels

extension GoldenModels {
    /// The fields of the abstract user.
    private static let user: [FieldDeclaration] = [
        FieldDeclaration("password", .char(128)), FieldDeclaration("last_login", .dateTime, null: true, blank: true),
        FieldDeclaration("is_superuser", .boolean, default: .value(false)),
        FieldDeclaration("username", .char(150), unique: true),
        FieldDeclaration("first_name", .char(150), blank: true, default: .value("")),
        FieldDeclaration("last_name", .char(150), blank: true, default: .value("")),
        FieldDeclaration("email", .email(254), blank: true, default: .value("")),
        FieldDeclaration("is_staff", .boolean, default: .value(false)),
        FieldDeclaration("is_active", .boolean, default: .value(true)), FieldDeclaration("date_joined", .dateTime),
    ]

    private static func key(_ kind: FieldKind) -> FieldDeclaration { FieldDeclaration("nid", kind, primaryKey: true) }

    private static func count(_ name: String) -> FieldDeclaration {
        FieldDeclaration(name, .integer, default: .value(0))
    }

    static let blog: [ModelDeclaration] = [
        ModelDeclaration(
            "blog", "UserInfo",
            user + [
                key(.bigAuto), FieldDeclaration("nickname", .char(32), verboseName: "昵称"),
                FieldDeclaration("telephone", .char(11), null: true, blank: true, unique: true, verboseName: "手机号码"),
                FieldDeclaration("avatar", .file(100), default: .value("/avatar/default.png"), verboseName: "头像"),
                FieldDeclaration("create_time", .dateTime, clock: .whenCreated, verboseName: "创建时间"),
                .manyToMany(
                    "fans", to: "UserInfo", through: "UserFans", throughFields: ("user", "follower"),
                    relatedName: "f", verboseName: "粉丝们"),
            ]),
        ModelDeclaration(
            "blog", "UserFans",
            [
                key(.auto),
                .reference(
                    "user", to: "UserInfo", onDelete: .cascade, toField: "nid", relatedName: "users",
                    verboseName: "博主"),
                .reference(
                    "follower", to: "UserInfo", onDelete: .cascade, toField: "nid", relatedName: "followers",
                    verboseName: "粉丝"),
            ]),
        ModelDeclaration(
            "blog", "Blog",
            [
                key(.bigAuto), FieldDeclaration("title", .char(64), verboseName: "个人博客标题"),
                FieldDeclaration("site", .char(32), unique: true, verboseName: "个人博客后缀"),
                FieldDeclaration("theme", .char(32), verboseName: "博客主题"),
                .reference("user", to: "UserInfo", onDelete: .cascade, unique: true, toField: "nid"),
            ]),
        ModelDeclaration(
            "blog", "Category",
            [
                key(.auto), FieldDeclaration("title", .char(32), verboseName: "分类标题"),
                .reference("blog", to: "Blog", onDelete: .cascade, toField: "nid", verboseName: "所属博客"),
            ]),
        ModelDeclaration(
            "blog", "Tag",
            [
                key(.auto), FieldDeclaration("title", .char(32), verboseName: "标签名称"),
                .reference("blog", to: "Blog", onDelete: .cascade, toField: "nid", verboseName: "所属博客"),
            ]),
        ModelDeclaration(
            "blog", "Article",
            [
                key(.bigAuto), FieldDeclaration("title", .char(50), verboseName: "文章标题"),
                FieldDeclaration("desc", .char(255), verboseName: "文章描述"), count("read_count"),
                count("comment_count"), count("up_count"), count("down_count"),
                .reference(
                    "category", to: "Category", onDelete: .setNull, null: true, toField: "nid", verboseName: "文章类型"),
                FieldDeclaration("create_time", .date, verboseName: "创建时间"),
                .reference("blog", to: "Blog", onDelete: .cascade, toField: "nid", verboseName: "所属博客"),
                .manyToMany("tags", to: "Tag", through: "Article2Tag", throughFields: ("article", "tag")),
            ]),
        ModelDeclaration(
            "blog", "ArticleDetail",
            [
                key(.auto), FieldDeclaration("content", .text, verboseName: "文章内容"),
                .reference(
                    "article", to: "Article", onDelete: .cascade, unique: true, toField: "nid", verboseName: "所属文章"),
            ]),
        ModelDeclaration(
            "blog", "Comment",
            [
                key(.bigAuto),
                .reference("article", to: "Article", onDelete: .cascade, toField: "nid", verboseName: "评论文章"),
                FieldDeclaration("content", .char(255), verboseName: "评论内容"),
                FieldDeclaration("create_time", .dateTime, clock: .whenCreated, verboseName: "创建时间"),
                .reference(
                    "parent_comment", to: "self", onDelete: .cascade, null: true, blank: true, verboseName: "父级评论"),
                .reference("user", to: "UserInfo", onDelete: .cascade, toField: "nid", verboseName: "评论者"),
                count("up_count"),
            ]),
        ModelDeclaration(
            "blog", "ArticleUpDown",
            [
                key(.auto), .reference("user", to: "UserInfo", onDelete: .setNull, null: true),
                .reference("article", to: "Article", onDelete: .cascade, null: true),
                FieldDeclaration("is_up", .boolean, default: .value(true), verboseName: "是否赞"),
            ]),
        ModelDeclaration(
            "blog", "CommentUp",
            [
                key(.auto), .reference("user", to: "UserInfo", onDelete: .setNull, null: true),
                .reference("comment", to: "Comment", onDelete: .cascade, null: true),
            ]),
        ModelDeclaration(
            "blog", "Article2Tag",
            [
                key(.auto),
                .reference("article", to: "Article", onDelete: .cascade, toField: "nid", verboseName: "文章"),
                .reference("tag", to: "Tag", onDelete: .cascade, toField: "nid", verboseName: "标签"),
            ]),
    ]
}
