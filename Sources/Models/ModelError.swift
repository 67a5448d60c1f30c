// SPDX-License-Identifier: Apache-2.0

/// Why a query could not be built, or what a database refused.
public struct ModelError: Error, Sendable, CustomStringConvertible {
    /// The kind of an error, so that kinds can be added.
    public struct Code: Sendable, Hashable {
        private enum Kind: Sendable {
            case schema, field, value, type, notFound, multiple, validation, protected, restricted, transaction,
                unsupported, integrity, operational, database, index, attribute, multiJoin,
                repeated
        }
        private let kind: Kind

        /// Declarations do not fit together.
        public static let schema = Code(kind: .schema)
        /// A look-up names something that does not exist (Django's `FieldError`).
        public static let field = Code(kind: .field)
        /// A value that does not fit where it is used.
        public static let value = Code(kind: .value)
        /// A call that makes no sense at this point of a query.
        public static let type = Code(kind: .type)
        /// `get` found no row.
        public static let notFound = Code(kind: .notFound)
        /// `get` found more than one row.
        public static let multiple = Code(kind: .multiple)
        /// An object does not pass validation.
        public static let validation = Code(kind: .validation)
        /// Rows that are protected refer to what should be deleted.
        public static let protected = Code(kind: .protected)
        /// Rows that restrict it refer to what should be deleted.
        public static let restricted = Code(kind: .restricted)
        /// Something that needs a transaction, or must not be in one.
        public static let transaction = Code(kind: .transaction)
        /// The database cannot do it.
        public static let unsupported = Code(kind: .unsupported)
        /// A constraint of the database.
        public static let integrity = Code(kind: .integrity)
        /// The database is locked, gone, or refuses to work.
        public static let operational = Code(kind: .operational)
        /// Any other error of the database.
        public static let database = Code(kind: .database)
        /// A position outside a set.
        public static let index = Code(kind: .index)
        /// A name that a model or a manager does not have.
        public static let attribute = Code(kind: .attribute)
        /// A statement was sent more often than a ``QueryGuard`` allows.
        public static let repeated = Code(kind: .repeated)
        /// A condition leads over a relation to many where only one is allowed.
        static let multiJoin = Code(kind: .multiJoin)
    }

    /// Its kind.
    public let code: Code
    /// What is wrong, for people.
    public let message: String

    /// An error of a kind, with a message for people.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
