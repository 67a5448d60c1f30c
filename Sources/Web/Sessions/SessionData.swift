// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes

/// What a session holds, as stores keep it: each value as JSON text under its name.
public struct SessionData: Sendable, Hashable, Codable {
    /// The most bytes of all values and names together: 64 KiB.
    public static let byteLimit = 64 << 10

    /// JSON texts by name.
    public var values: [String: String]
    /// How long it lasts; `nil`: as the settings say.
    public var expiry: SessionExpiry?

    /// Nothing.
    public init() {
        values = [:]
    }

    /// Whether nothing is kept.
    public var isEmpty: Bool { values.isEmpty && expiry == nil }

    /// Bytes of values and names.
    var byteCount: Int { values.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } }

    /// As one JSON text, for stores.
    ///
    /// - Throws: ``HTTPError`` 500 `session_too_large` over ``byteLimit``.
    public func encoded() throws -> [UInt8] {
        guard byteCount <= Self.byteLimit else {
            throw HTTPError(
                .internalServerError, code: "session_too_large", "a session holds \(Self.byteLimit) bytes at most")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return [UInt8](try encoder.encode(self))
    }

    /// From what ``encoded()`` gave; `nil` for anything else.
    public init?(encoded: [UInt8]) {
        guard let data = try? JSONDecoder().decode(Self.self, from: Data(encoded)) else { return nil }
        self = data
    }
}
