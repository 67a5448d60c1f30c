// SPDX-License-Identifier: Apache-2.0

/// Why messages could not be read or written, beside what the database says.
struct StoreError: Error, Hashable, CustomStringConvertible {
    let description: String

    /// The store was closed.
    static let closed = StoreError(description: "the message store is closed")
    /// A row that nobody can have written.
    static func corrupt(_ description: String) -> StoreError { StoreError(description: description) }
    /// There is no database.
    static let noDatabase = StoreError(description: "messages are kept in a database, and there is none")
}
