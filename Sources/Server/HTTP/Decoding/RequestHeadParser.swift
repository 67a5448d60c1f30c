// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// Makes a request head of its lines, and refuses every head that two servers could read differently.
struct RequestHeadParser {
    /// Empty lines that are skipped before a request (RFC 9112 §2.2): some clients send one behind a body.
    static let emptyLines = 1

    private var head: RequestHead?
    private var section = FieldSection()
    private var emptyLinesSeen = 0
    private var hasHost = false
    private var contentLength: Int?
    private var hasTransferEncoding = false

    /// Whether it has taken nothing.
    var isEmpty: Bool { head == nil && emptyLinesSeen == 0 }

    /// Takes a line.
    ///
    /// - Returns: the head, with its last line.
    mutating func take(
        _ line: UnsafeRawBufferPointer, _ limits: ServerConfiguration.HTTPLimits
    ) throws(RequestRefusal) -> RequestHead? {
        if head == nil {
            guard !line.isEmpty else {
                emptyLinesSeen += 1
                guard emptyLinesSeen <= Self.emptyLines else { throw .malformed("a request begins with empty lines") }
                return nil
            }
            head = try RequestHead(line, limits)
            head?.fields.reserveCapacity(8)
            return nil
        }
        guard !line.isEmpty else { return try finish() }
        try section.add(line, limits)
        try takeField(FieldLine(line))
        return nil
    }

    /// Checks what has come of a line that has not ended.
    func check(
        unfinished line: UnsafeRawBufferPointer, _ limits: ServerConfiguration.HTTPLimits
    ) throws(RequestRefusal) {
        if head == nil {
            try RequestHead.check(unfinished: line, limits)
        } else {
            try section.check(unfinished: line.count, limits)
        }
    }

    private mutating func takeField(_ line: FieldLine) throws(RequestRefusal) {
        let known = KnownField.find(line.name)
        switch known?.role {
        case .host: try takeHost(line)
        case .contentLength: try takeContentLength(line)
        case .transferEncoding: try takeTransferEncoding(line)
        case .connection: takeConnection(line)
        case .expect: try takeExpect(line)
        case .upgrade: head?.hasUpgrade = true
        case .webSocketKey: head?.hasWebSocketKey = true
        case .authentication, .content, .ordinary, nil: break
        }
        guard !line.hasUnderscore else { return }
        guard let field = line.field(known) else { throw .malformed("a header field's name is not valid") }
        head?.fields.append(field)
    }

    /// RFC 9112 §3.2.
    private mutating func takeHost(_ line: FieldLine) throws(RequestRefusal) {
        guard !hasHost else { throw .malformed("there is more than one Host") }
        guard Authority.isValid(line.value, mayBeEmpty: true) else { throw .malformed("Host is not valid") }
        hasHost = true
    }

    /// RFC 9112 §6.2: one number in digits. Repetitions that agree could be taken, and are not.
    private mutating func takeContentLength(_ line: FieldLine) throws(RequestRefusal) {
        guard contentLength == nil else { throw .malformed("there is more than one Content-Length") }
        // 18 digits fit into an `Int`.
        guard (1...18).contains(line.value.count), line.value.allSatisfy(\.isDigit) else {
            throw .malformed("Content-Length is not a number")
        }
        contentLength = line.value.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// RFC 9112 §6.1: `chunked` alone. Another coding before it is not implemented; anything else leaves open where the
    /// body ends.
    private mutating func takeTransferEncoding(_ line: FieldLine) throws(RequestRefusal) {
        guard !hasTransferEncoding else { throw .malformed("there is more than one Transfer-Encoding") }
        hasTransferEncoding = true
        guard !line.value.matches("chunked") else { return }
        let comma = line.value.lastIndex(of: UInt8(ascii: ","))
        guard let comma, line.value.part(comma + 1..<line.value.count).trimmed.matches("chunked"),
            line.value.part(0..<comma).trimmed.allSatisfy(\.isTokenByte), comma > 0,
            !line.value.part(0..<comma).trimmed.matches("chunked")
        else { throw .malformed("Transfer-Encoding does not end with chunked") }
        throw RequestRefusal(.notImplemented, "the only transfer coding spoken here is chunked")
    }

    private mutating func takeConnection(_ line: FieldLine) {
        var options: RequestHead.ConnectionOptions = []
        line.forEachElement { element in
            if element.matches("close") { options.insert(.close) }
            if element.matches("keep-alive") { options.insert(.keepAlive) }
        }
        head?.options.formUnion(options)
    }

    /// RFC 9110 §10.1.1: the only expectation is `100-continue`, which HTTP/1.0 does not know.
    private mutating func takeExpect(_ line: FieldLine) throws(RequestRefusal) {
        guard line.value.matches("100-continue") else {
            throw RequestRefusal(.expectationFailed, "the only expectation that can be met is 100-continue")
        }
        let isKnown = head?.minorVersion != 0
        head?.expectsContinue = isKnown
    }

    private mutating func finish() throws(RequestRefusal) -> RequestHead? {
        guard var head else { return nil }
        guard hasHost || head.minorVersion == 0 else { throw .malformed("Host is missing") }
        if hasTransferEncoding {
            // Both are ways to smuggle a request past a proxy (RFC 9112 §6.1, §11.2).
            guard contentLength == nil else { throw .malformed("there are Content-Length and Transfer-Encoding") }
            guard head.minorVersion >= 1 else { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
            head.framing = .chunked
        } else if let contentLength, contentLength > 0 {
            head.framing = .length(contentLength)
        }
        return head
    }
}
