// SPDX-License-Identifier: Apache-2.0

internal import CSQLite
internal import FoundationEssentials
internal import SluiceModels

/// The rows of a running statement.
final class SQLiteRow: RowReader {
    private let handle: OpaquePointer
    private let database: OpaquePointer?
    private var left: Int
    /// Whether the statement has given its last row.
    private(set) var isDone = false

    /// - Parameter limit: after how many rows the reader has none, though the statement may have.
    init(_ handle: OpaquePointer, _ database: OpaquePointer?, limit: Int = .max) {
        self.handle = handle
        self.database = database
        left = limit
    }

    override func next() throws -> Bool {
        guard !isDone, left > 0 else { return false }
        left -= 1
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            isDone = true
            return false
        default:
            isDone = true
            throw SQLiteError.last(database)
        }
    }

    override var changes: Int { Int(sqlite3_changes64(database)) }
    override var count: Int { Int(sqlite3_column_count(handle)) }
    override func name(_ column: Int) -> String {
        sqlite3_column_name(handle, Int32(column)).map { String(cString: $0) } ?? ""
    }
    override func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }
    override func int(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }
    override func double(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

    override func text(_ column: Int) -> String {
        guard let bytes = sqlite3_column_text(handle, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    override func day(_ column: Int) throws -> Day {
        guard let bytes = sqlite3_column_text(handle, Int32(column)),
            let day = Day(
                digits: UnsafeBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
        else { throw ModelError(.database, "column \(column) holds no day") }
        return day
    }

    override func bytes(_ column: Int) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(handle, Int32(column)) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
    }

    override func value(_ column: Int, _ kind: FieldKind?) throws -> Value {
        let stored = sqlite3_column_type(handle, Int32(column))
        if stored == SQLITE_NULL { return .null }
        switch kind {
        case nil: break
        case .boolean?: return .bool(int(column) != 0)
        case .float?: if stored != SQLITE_TEXT { return .double(double(column)) }
        case .decimal(_, let places)?:
            let exact = stored == SQLITE_TEXT ? ExactDecimal(text(column)) : ExactDecimal(double(column))
            if stored == SQLITE_INTEGER { return .decimal(ExactDecimal(int(column))) }
            if let exact { return .decimal(exact.places > places ? exact.rounded(places: places) : exact) }
        case .date?: if let day = Day(String(text(column).prefix(10))) { return .day(day) }
        case .dateTime?: if let time = Timestamp(text(column)) { return .timestamp(time) }
        case .time?: if let time = ClockTime(text(column)) { return .time(time) }
        case .duration?: return .duration(stored == SQLITE_FLOAT ? Int64(double(column).rounded()) : int(column))
        case .uuid?: if let id = UUID(hyphenless: text(column)) { return .uuid(id) }
        case .json?: if let value = JSONValue(text(column)) { return .json(value) }
        case .binary?: return .bytes(bytes(column))
        case let kind?:
            if kind.isInteger, stored != SQLITE_TEXT {
                return stored == SQLITE_FLOAT ? .double(double(column)) : .int(int(column))
            }
            if kind.isText || kind == .ipAddress { return .text(text(column)) }
        }
        switch stored {
        case SQLITE_INTEGER: return .int(int(column))
        case SQLITE_FLOAT: return .double(double(column))
        case SQLITE_BLOB: return .bytes(bytes(column))
        default: return .text(text(column))
        }
    }
}

/// How values are stored, as Django stores them.
enum SQLiteBinding {
    static func bind(_ value: Value, to handle: OpaquePointer, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .bool(let flag): return sqlite3_bind_int64(handle, index, flag ? 1 : 0)
        case .int(let number), .duration(let number): return sqlite3_bind_int64(handle, index, number)
        case .double(let number): return sqlite3_bind_double(handle, index, number)
        case .decimal(let number):
            // As SQLite itself stores a number: whole if it is, else binary, unless that would lose digits.
            let short = number.normalized
            if short.places == 0, let whole = Int64(exactly: short.digits) {
                return sqlite3_bind_int64(handle, index, whole)
            }
            if ExactDecimal(number.double) == number { return sqlite3_bind_double(handle, index, number.double) }
            return text(short.description, handle, index)
        case .text(let text): return self.text(text, handle, index)
        case .bytes(let bytes):
            if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, index, 0) }
            return bytes.withUnsafeBytes {
                sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), csqlite_transient())
            }
        case .day(let day): return text(day.description, handle, index)
        case .timestamp(let time): return text(time.description, handle, index)
        case .time(let time): return text(time.description, handle, index)
        case .uuid(let id): return text(id.digits, handle, index)
        case .json(let json): return text(json.text, handle, index)
        case .list: return SQLITE_MISUSE
        }
    }

    private static func text(_ text: String, _ handle: OpaquePointer, _ index: Int32) -> Int32 {
        var text = text
        return text.withUTF8 {
            // An empty text has no address of its own, and no address would mean NULL.
            $0.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text64(
                    handle, index, $0.baseAddress ?? emptyText, UInt64($0.count), csqlite_transient(),
                    UInt8(SQLITE_UTF8))
            }
        }
    }

    // One byte that lives as long as the program.
    nonisolated(unsafe) private static let emptyText: UnsafePointer<CChar> = {
        let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        byte.initialize(to: 0)
        return UnsafePointer(byte)
    }()
}
