// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import NIOCore

/// Where cached values are kept (Django's cache backends). Applications use a ``Cache`` in front of it.
///
/// A store may forget anything at any time. What is over is never returned. A store that cannot be reached throws.
public protocol CacheStore: Sendable {
    /// The values of some keys, each in its place; nil for what is not kept.
    func values(of keys: [String]) async throws -> [ByteBuffer?]

    /// Keeps values.
    ///
    /// - Parameter life: how long, above zero; nil until they must go.
    func set(_ values: [(key: String, value: ByteBuffer)], for life: Duration?) async throws

    /// Keeps a value if there is none, as one step.
    ///
    /// - Returns: whether there was none.
    func add(_ key: String, _ value: ByteBuffer, for life: Duration?) async throws -> Bool

    /// Adds to a number in decimal digits, as one step; how long it lives stays as it is.
    ///
    /// - Returns: the sum; nil when nothing is kept.
    /// - Throws: ``HTTPError`` 500 `not_a_number` when something else is kept, or the sum needs more than 64 bits.
    func increment(_ key: String, by amount: Int) async throws -> Int?

    /// How long a value lives from now on.
    ///
    /// - Returns: whether one is kept.
    func touch(_ key: String, for life: Duration?) async throws -> Bool

    /// Forgets values.
    ///
    /// - Returns: how many of them were kept.
    @discardableResult
    func delete(_ keys: [String]) async throws -> Int

    /// Forgets every value.
    func clear() async throws
}

extension HTTPError {
    /// What a store throws that is to add to something that is no number.
    public static var notANumber: HTTPError {
        HTTPError(.internalServerError, code: "not_a_number", "a cached value that is no number cannot be counted up")
    }
}
