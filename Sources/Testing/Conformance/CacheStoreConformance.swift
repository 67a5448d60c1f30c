// SPDX-License-Identifier: Apache-2.0

import NIOCore
public import SluiceWeb

/// What every store of cached values must do: a suite for authors of stores.
///
/// ```swift
/// @Test(arguments: CacheStoreConformance.checks)
/// func conforms(_ check: CacheStoreConformance.Check) async throws { try await check.run(MyCache()) }
/// ```
public enum CacheStoreConformance {
    /// One behaviour.
    public struct Check: Sendable, CustomStringConvertible {
        /// What it checks, in a sentence.
        public let description: String
        private let body: @Sendable (any CacheStore) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (any CacheStore) async throws -> Void) {
            self.description = description
            self.body = body
        }

        /// Runs the check with a store that nobody else uses; what is kept in it is lost.
        ///
        /// - Throws: ``CommunicatorError`` with `unexpected` where the store does something else, and what it throws.
        public func run(_ store: any CacheStore) async throws {
            try await store.clear()
            try await body(store)
            try await store.clear()
        }
    }

    private static func bytes(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    private static func texts(_ keys: [String], in store: any CacheStore) async throws -> [String?] {
        try await store.values(of: keys).map { $0.map { String(buffer: $0) } }
    }

    /// All of them.
    public static let checks = [
        Check("values come back in the order of their keys, byte by byte, empty ones too") { store in
            let all = ByteBuffer(bytes: 0...255)
            try await store.set([("a", all), ("键 \r\n", bytes("")), ("c", bytes("3"))], for: .seconds(60))
            let values = try await store.values(of: ["c", "none", "键 \r\n", "a", "c"])
            try expect(values == [bytes("3"), nil, bytes(""), all, bytes("3")], "got \(values)")
            try await store.set([("a", bytes("new"))], for: nil)
            try expect(try await texts(["a"], in: store) == ["new"], "the new value is kept")
            try expect(try await store.values(of: []).isEmpty, "nothing for nothing")
        },
        Check("of many who add one does, and the others change nothing") { store in
            let added = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<20 { group.addTask { try await store.add("a", bytes("\(index)"), for: .seconds(60)) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            try expect(added == 1, "\(added) have added")
            _ = try await store.delete(["a"])
            try expect(try await store.add("a", bytes("x"), for: nil), "there is none any more")
        },
        Check("counting loses nothing, leaves what is not there, and refuses what is no number") { store in
            try expect(try await store.increment("n", by: 1) == nil, "nothing is kept")
            try await store.set([("n", bytes("40")), ("t", bytes("x")), ("m", bytes("\(Int.max)"))], for: .seconds(60))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await store.increment("n", by: 2) } }
                try await group.waitForAll()
            }
            try expect(try await store.increment("n", by: -38) == 42, "40 and 40 less 38")
            try expect(try await texts(["n"], in: store) == ["42"], "it is kept in digits")
            for key in ["t", "m"] {
                do {
                    _ = try await store.increment(key, by: 1)
                    try expect(false, "'\(key)' was counted up")
                } catch let error as HTTPError {
                    try expect(error.code == "not_a_number", "\(error)")
                }
            }
        },
        Check("deleting says how many there were; clearing leaves nothing") { store in
            try await store.set([("a", bytes("1")), ("b", bytes("2")), ("c", bytes("3"))], for: nil)
            try expect(try await store.delete(["a", "none", "b"]) == 2, "two were kept")
            try expect(try await texts(["a", "b", "c"], in: store) == [nil, nil, "3"], "one is left")
            try await store.clear()
            try expect(try await texts(["c"], in: store) == [nil], "nothing is left")
        },
        Check("a value is over at its end, which touching moves") { store in
            try await store.set([("a", bytes("1"))], for: .milliseconds(30))
            try await store.set([("b", bytes("2"))], for: .seconds(60))
            try await eventually("its end has come") { try await texts(["a"], in: store) == [nil] }
            try expect(try await store.touch("a", for: .seconds(60)) == false, "it is over")
            try expect(try await store.touch("b", for: nil), "it is kept")
            try expect(try await texts(["b"], in: store) == ["2"], "its end was taken away")
            try expect(try await store.touch("b", for: .milliseconds(1)), "it is kept")
            try await eventually("its end has come") { try await store.add("b", bytes("3"), for: .seconds(60)) }
        },
    ]
}
