// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// The names and values of a query or of a form, in the order in which they were sent (Django's `QueryDict`).
public struct FormFields: Sendable, Hashable {
    /// One name with its value, decoded.
    public struct Field: Sendable, Hashable {
        /// The name; may be empty.
        public var name: String
        /// The value; empty for `name` without an equals sign.
        public var value: String

        /// A name with its value.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// How many fields are accepted when nothing else is said (Django's `DATA_UPLOAD_MAX_NUMBER_FIELDS`).
    public static let defaultLimit = 1_000

    /// All fields in order.
    public var fields: [Field]

    /// Fields made by hand.
    public init(_ fields: [Field] = []) {
        self.fields = fields
    }

    /// Reads `application/x-www-form-urlencoded` text (WHATWG URL §5.1): a query without its question mark, or a body.
    ///
    /// - Parameter limit: The most fields; empty parts between two `&` do not count.
    /// - Throws: ``HTTPError`` 400 `too_many_fields` over the limit. Nothing else is an error.
    public init(parsing text: String, limit: Int = Self.defaultLimit) throws(HTTPError) {
        fields = []
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            guard fields.count < limit else { throw Self.tooMany(limit: limit) }
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let value = equals == part.endIndex ? part[equals...] : part[part.index(after: equals)...]
            fields.append(
                Field(
                    name: PercentCoding.decodeFormComponent(Substring(part[..<equals]).utf8),
                    value: PercentCoding.decodeFormComponent(Substring(value).utf8)))
        }
    }

    static func tooMany(limit: Int) -> HTTPError {
        HTTPError(.badRequest, code: "too_many_fields", "a query or form has more than \(limit) fields")
    }

    /// The last value of a name, as in Django; `nil` when there is none.
    public subscript(name: String) -> String? {
        fields.last { $0.name == name }?.value
    }

    /// All values of a name in order.
    public func all(_ name: String) -> [String] {
        fields.lazy.filter { $0.name == name }.map(\.value)
    }
}
