// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Regular expressions of conditions, compiled once each.
enum SQLiteRegex {
    private static let cache = Mutex<[String: Regex<AnyRegexOutput>]>([:])
    private static let maxCached = 64

    static func matches(_ text: String, _ pattern: String, ignoresCase: Bool) -> SQLiteValue {
        let key = (ignoresCase ? "i" : "c") + pattern
        let found: Bool? = cache.withLock { cache in
            let regex: Regex<AnyRegexOutput>
            if let known = cache[key] {
                regex = known
            } else {
                guard let new = try? Regex(pattern) else { return nil }
                if cache.count >= maxCached { cache.removeAll() }
                regex = (ignoresCase ? new.ignoresCase() : new).matchingSemantics(.unicodeScalar)
                cache[key] = regex
            }
            return (try? regex.firstMatch(in: text)) != nil
        }
        return found.map { .int($0 ? 1 : 0) } ?? .null
    }
}
