// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SluiceModels
internal import Synchronization

/// The offsets of a time zone from UTC, out of the system's compiled tz database (TZif, RFC 9636).
///
/// SQLite knows no zones, and Foundation's need its internationalization library. After the last recorded change the
/// file's last offset counts, because the rules in its footer are not read: that is so for zones without daylight
/// saving time, and for others until the end of what is recorded (2037).
struct TimeZoneRules: Sendable {
    /// The moments of changes in seconds, and the offset from each one on.
    private let changes: [(moment: Int64, offset: Int64)]
    private let first: Int64

    private static let known = Mutex<[String: TimeZoneRules]>([:])
    private static let limit = 1 << 20

    /// A zone by its IANA name; nil for an unknown one.
    static func named(_ name: String) -> TimeZoneRules? {
        if let rules = known.withLock({ $0[name] }) { return rules }
        // A name is no path: it leads nowhere outside of the database.
        let isName = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
                || [0x2B, 0x2D, 0x2F, 0x5F].contains(byte)
        }
        guard isName, !name.isEmpty, !name.hasPrefix("/"), name.utf8.count <= 64,
            let data = try? Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)")), data.count <= limit,
            let rules = TimeZoneRules(Array(data))
        else { return nil }
        known.withLock { $0[name] = rules }
        return rules
    }

    /// Reads a file; nil for what is no TZif of version 2 or later.
    init?(_ bytes: [UInt8]) {
        func number(_ position: Int, _ size: Int) -> Int64? {
            guard position >= 0, position + size <= bytes.count else { return nil }
            var value: Int64 = bytes[position] >= 0x80 ? -1 : 0
            for byte in bytes[position..<position + size] { value = value << 8 | Int64(byte) }
            return value
        }
        func counts(_ start: Int) -> (utc: Int, standard: Int, leaps: Int, times: Int, types: Int, letters: Int)? {
            guard bytes.count >= start + 44, bytes[start..<start + 4].elementsEqual("TZif".utf8) else { return nil }
            let all = (0..<6).compactMap { number(start + 20 + 4 * $0, 4) }.map(Int.init)
            guard all.count == 6, all.allSatisfy({ (0...bytes.count).contains($0) }) else { return nil }
            return (all[0], all[1], all[2], all[3], all[4], all[5])
        }
        // The first part holds 32-bit times; the second one the same with 64 bits.
        guard let old = counts(0), bytes[4] >= 0x32 else { return nil }
        let start = 44 + old.times * 5 + old.types * 6 + old.letters + old.leaps * 8 + old.standard + old.utc
        guard let new = counts(start), new.types > 0 else { return nil }
        let times = start + 44
        let indexes = times + 8 * new.times
        let types = indexes + new.times
        let offsets = (0..<new.types).compactMap { number(types + 6 * $0, 4) }
        guard offsets.count == new.types else { return nil }
        var changes: [(moment: Int64, offset: Int64)] = []
        for index in 0..<new.times {
            guard let moment = number(times + 8 * index, 8), indexes + index < bytes.count,
                offsets.indices.contains(Int(bytes[indexes + index]))
            else { return nil }
            changes.append((moment, offsets[Int(bytes[indexes + index])]))
        }
        self.changes = changes
        first = offsets[0]
    }

    /// The offset in seconds at a moment, in seconds since 1970 in UTC.
    func offset(at moment: Int64) -> Int64 {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].moment <= moment { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : changes[low - 1].offset
    }

    /// The time that clocks of the zone show, as if it were one in UTC.
    func local(_ time: Timestamp) -> Timestamp {
        let seconds = Int64((Double(time.microseconds) / 1_000_000).rounded(.down))
        return Timestamp(microseconds: time.microseconds + offset(at: seconds) * 1_000_000)
    }

    /// The moment at which clocks of the zone show a time: the earlier one if there are two of them.
    func moment(_ local: Timestamp) -> Timestamp {
        let seconds = Int64((Double(local.microseconds) / 1_000_000).rounded(.down))
        let before = offset(at: seconds - 86_400)
        let after = offset(at: seconds - before)
        let isBefore = offset(at: seconds - before) == before
        return Timestamp(microseconds: local.microseconds - (isBefore ? before : after) * 1_000_000)
    }
}
