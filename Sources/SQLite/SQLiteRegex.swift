// SPDX-License-Identifier: Apache-2.0

/// Regular expressions of conditions, compiled once each. It belongs to one connection: a pattern that takes long keeps
/// nobody else waiting.
final class SQLiteRegex {
    private var cache: [String: Regex<AnyRegexOutput>] = [:]
    private static let maxCached = 64

    func matches(_ text: String, _ pattern: String, ignoresCase: Bool) -> SQLiteValue {
        let key = (ignoresCase ? "i" : "c") + pattern
        let regex: Regex<AnyRegexOutput>
        if let known = cache[key] {
            regex = known
        } else {
            guard let new = try? Regex(pattern) else { return .null }
            if cache.count >= Self.maxCached { cache.removeAll() }
            regex = (ignoresCase ? new.ignoresCase() : new).matchingSemantics(.unicodeScalar)
            cache[key] = regex
        }
        return .int((try? regex.firstMatch(in: text)) != nil ? 1 : 0)
    }
}
