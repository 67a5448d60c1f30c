// SPDX-License-Identifier: Apache-2.0

package import FoundationEssentials
package import SluiceModels

package struct Student: Model {
    package static let declaration = GoldenModels.declaration("misc.Student")
    package var id: Int
    package var name: String
    package var shirtSize: ShirtSize
    package var yearInSchool: SchoolYear
    package var gpa: Double?
    package var biography: String
    package var age: Int
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package init(
        id: Int = 0, name: String, shirtSize: ShirtSize, yearInSchool: SchoolYear = .freshman, gpa: Double? = nil,
        biography: String = "", age: Int = 18
    ) {
        self.id = id
        self.name = name
        self.shirtSize = shirtSize
        self.yearInSchool = yearInSchool
        self.gpa = gpa
        self.biography = biography
        self.age = age
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        shirtSize = try row.next()
        yearInSchool = try row.next()
        gpa = try row.next()
        biography = try row.next()
        age = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(shirtSize)
        row.add(yearInSchool)
        row.add(gpa)
        row.add(biography)
        row.add(age)
    }

    package struct Fields: ModelFields {
        package typealias Root = Student
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var shirtSize: Expr<ShirtSize> { path.column("shirt_size") }
        package var yearInSchool: Expr<SchoolYear> { path.column("year_in_school") }
        package var gpa: Expr<Double?> { path.column("gpa") }
        package var biography: Expr<String> { path.column("biography") }
        package var age: Expr<Int> { path.column("age") }
    }
}

package struct Base: Model {
    package static let declaration = GoldenModels.declaration("misc.Base")
    package var id: Int
    package var name: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

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
        package typealias Root = Base
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
    }
}

package struct Derived: Model {
    package static let declaration = GoldenModels.declaration("misc.Derived")
    package var id: Int
    package var name: String
    package var basePtr: Int
    package var extra: Int
    package var state = ModelState()
    package var primaryKey: Int {
        get { basePtr }
        set { basePtr = newValue }
    }

    package init(id: Int = 0, name: String, basePtr: Int = 0, extra: Int) {
        self.id = id
        self.name = name
        self.basePtr = basePtr
        self.extra = extra
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        basePtr = try row.next()
        extra = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(basePtr)
        row.add(extra)
    }

    package struct Fields: ModelFields {
        package typealias Root = Derived
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var basePtr: Expr<Int> { path.column("base_ptr") }
        package var extra: Expr<Int> { path.column("extra") }
    }
}

package struct Doc: Model {
    package static let declaration = GoldenModels.declaration("misc.Doc")
    package var id: Int
    package var code: String
    package var version: Int
    package var deleted: Bool
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package init(id: Int = 0, code: String, version: Int, deleted: Bool = false) {
        self.id = id
        self.code = code
        self.version = version
        self.deleted = deleted
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        code = try row.next()
        version = try row.next()
        deleted = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(code)
        row.add(version)
        row.add(deleted)
    }

    package struct Fields: ModelFields {
        package typealias Root = Doc
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var code: Expr<String> { path.column("code") }
        package var version: Expr<Int> { path.column("version") }
        package var deleted: Expr<Bool> { path.column("deleted") }
    }
}

package struct Keyed: Model {
    package static let declaration = GoldenModels.declaration("misc.Keyed")
    package var id: UUID
    package var label: String
    package var state = ModelState()
    package var primaryKey: UUID {
        get { id }
        set { id = newValue }
    }

    package init(id: UUID = UUID(), label: String) {
        self.id = id
        self.label = label
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        label = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(label)
    }

    package struct Fields: ModelFields {
        package typealias Root = Keyed
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<UUID> { path.column("id") }
        package var label: Expr<String> { path.column("label") }
    }
}

package struct Counter: Model {
    package static let declaration = GoldenModels.declaration("misc.Counter")
    package var id: Int
    package var name: String
    package var hits: Int
    package var weight: Int?
    package var twice: Int
    package var created: Timestamp
    package var updated: Timestamp
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

    package init(
        id: Int = 0, name: String, hits: Int = 0, weight: Int? = nil, twice: Int = 0,
        created: Timestamp = Timestamp(microseconds: 0), updated: Timestamp = Timestamp(microseconds: 0)
    ) {
        self.id = id
        self.name = name
        self.hits = hits
        self.weight = weight
        self.twice = twice
        self.created = created
        self.updated = updated
    }

    package init(row: inout ModelRow) throws {
        id = try row.next()
        name = try row.next()
        hits = try row.next()
        weight = try row.next()
        twice = try row.next()
        created = try row.next()
        updated = try row.next()
        state = try row.state()
    }

    package func encode(to row: inout ModelEncoder) {
        row.add(id)
        row.add(name)
        row.add(hits)
        row.add(weight)
        row.add(twice)
        row.add(created)
        row.add(updated)
    }

    package struct Fields: ModelFields {
        package typealias Root = Counter
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
        package var hits: Expr<Int> { path.column("hits") }
        package var weight: Expr<Int?> { path.column("weight") }
        package var twice: Expr<Int> { path.column("twice") }
        package var created: Expr<Timestamp> { path.column("created") }
        package var updated: Expr<Timestamp> { path.column("updated") }
    }
}

package struct OwnerA: Model {
    package static let declaration = GoldenModels.declaration("misc.OwnerA")
    package var id: Int
    package var name: String
    package var state = ModelState()
    package var primaryKey: Int {
        get { id }
        set { id = newValue }
    }

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
        package typealias Root = OwnerA
        package let path: FieldPath
        package init(path: FieldPath) { self.path = path }
        package var id: Expr<Int> { path.column("id") }
        package var name: Expr<String> { path.column("name") }
    }
}
