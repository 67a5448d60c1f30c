// SPDX-License-Identifier: Apache-2.0

#if Macros
/// Makes a struct a model (Django's `models.Model`): its stored properties are its columns, `publishDate` under the name
/// `publish_date`.
///
/// ```swift
/// @Model("library", ordering: ["title"]) struct Book {
///     @Column(max: 32) var title: String
///     @Column(digits: 5, places: 2) var price: ExactDecimal
///     var pages: Int?
///     var sold: Int = 0
///     @Reference(onDelete: .cascade, reverse: "books") var publisher: Ref<Publisher>
///     @ManyToMany(reverse: "books") var authors: Many<Author, NoThrough>
/// }
/// ```
/// Written are `declaration`, `id` (unless a property is the ``Key()``), `state`, an initialiser of all columns (unless
/// there is one), the reading and writing of rows, and the names in queries; all of it can be written by hand instead.
///
/// - Parameters:
///   - app: the application's label, the same for all of its models.
///   - name: the model's name; the struct's if nothing is said. References of one application are by this name.
///   - was: the table's name before it had this one; `make-migrations` renames it then.
@attached(
    member, names: named(declaration), named(id), named(state), named(primaryKey), named(init), named(encode),
    named(Fields))
@attached(extension, conformances: Model)
public macro Model(
    _ app: String, name: String? = nil, table: String? = nil, ordering: [String] = [], latestBy: [String] = [],
    constraints: [ConstraintDeclaration] = [], indexes: [IndexDeclaration] = [], was formerTable: String? = nil
) = #externalMacro(module: "SluiceModelsMacros", type: "ModelMacro")

/// The key of a model: an `Int` with a default of 0 is counted by the database (`BigAutoField`), anything else is the
/// program's own.
@attached(peer)
public macro Key(_ kind: FieldKind? = nil, max: Int? = nil, default value: FieldDefault? = nil, column: String? = nil) =
    #externalMacro(module: "SluiceModelsMacros", type: "FieldMarkerMacro")

/// What is to be known of a column beside its type, as ``FieldDeclaration``.
///
/// - Parameters:
///   - kind: where the type does not say it, as for ``Choices``.
///   - max: the most Unicode scalars of a text; without it there is no limit.
///   - digits: of a decimal number.
///   - places: behind the point of a decimal number.
///   - was: the column's name before it had this one; `make-migrations` renames it then.
@attached(peer)
public macro Column(
    _ kind: FieldKind? = nil, max: Int? = nil, digits: Int? = nil, places: Int? = nil, blank: Bool = false,
    unique: Bool = false, index: Bool = false, default value: FieldDefault? = nil, column: String? = nil,
    choices: [Choice] = [], clock: ClockRule? = nil, verboseName: String? = nil, helpText: String = "",
    databaseDefault: Value? = nil, generated: QueryExpression? = nil, was formerColumn: String? = nil
) = #externalMacro(module: "SluiceModelsMacros", type: "FieldMarkerMacro")

/// A foreign key, one-to-one with `unique`.
///
/// - Parameters:
///   - target: the other model's name, with its application where that is another one; the type's if nothing is said.
///   - onDelete: what happens to this object when the other one is deleted; `.cascade` if nothing is said.
///   - reverse: the name by which the other model comes back (`related_name`).
///   - was: the column's name before it had this one, such as `author_id`.
@attached(peer)
public macro Reference(
    to target: String? = nil, onDelete: OnDelete = .cascade, unique: Bool = false, toField: String? = nil,
    reverse: String? = nil, relatedQueryName: String? = nil, constraint: Bool = true, blank: Bool = false,
    verboseName: String? = nil, column: String? = nil, was formerColumn: String? = nil
) = #externalMacro(module: "SluiceModelsMacros", type: "FieldMarkerMacro")

/// A many-to-many relation; with a model in the middle where the type names one.
///
/// - Parameter reverse: the name by which the other model comes back (`related_name`).
@attached(accessor)
public macro ManyToMany(
    to target: String? = nil, reverse: String, throughFields: (String, String)? = nil, table: String? = nil,
    verboseName: String? = nil
) = #externalMacro(module: "SluiceModelsMacros", type: "RelationMacro")

/// The other direction of a reference, or of a many-to-many relation.
///
/// - Parameters:
///   - field: the name of the other model's field.
///   - accessor: the name of this direction, where it is not the property's.
@attached(accessor)
public macro Reverse(by field: String, accessor: String? = nil) =
    #externalMacro(module: "SluiceModelsMacros", type: "RelationMacro")
#endif
