// SPDX-License-Identifier: Apache-2.0

import HTTPTypes

extension RequestHead {
    /// The longest method, in bytes: longer than any that is registered, and than most that applications make up.
    static let methodBytes = 64
    /// What stands in a request line beside method and target: two spaces and the version.
    static let lineOverhead = 10

    /// Reads a request line (RFC 9112 §3): method, target and version with one space between them.
    ///
    /// - Throws: 400 for what is no request line, 501 for a method that is too long, 414 for a target that is,
    ///   505 for another major version than 1.
    init(_ line: UnsafeRawBufferPointer, _ limits: ServerConfiguration.HTTPLimits) throws(RequestRefusal) {
        let method = try Self.method(line)
        guard let space = line.lastIndex(of: 0x20), space > method.count else {
            throw .malformed("the request line is not method, target and version")
        }
        let target = line.part(method.count + 1..<space)
        guard target.count <= limits.targetBytes else { throw Self.targetTooLong(limits) }
        let minorVersion = try Self.minorVersion(line.part(space + 1..<line.count))
        self.minorVersion = minorVersion
        self.method = try Self.knownMethod(method)
        guard let parsed = RequestTarget(target), !parsed.isAsterisk || self.method == .options else {
            throw .malformed("the request target is not valid")
        }
        self.target = parsed
    }

    /// Checks a request line that has not ended.
    static func check(
        unfinished line: UnsafeRawBufferPointer, _ limits: ServerConfiguration.HTTPLimits
    ) throws(RequestRefusal) {
        // A method that is whole or could still become one; a CR may be the line's end, which is judged later.
        if line.count > 1 { _ = try method(line, isWhole: false) }
        guard line.count <= limits.targetBytes + methodBytes + lineOverhead else { throw targetTooLong(limits) }
    }

    private static func targetTooLong(_ limits: ServerConfiguration.HTTPLimits) -> RequestRefusal {
        RequestRefusal(.uriTooLong, "the request target is longer than \(limits.targetBytes) bytes")
    }

    /// The token in front of the first space.
    private static func method(
        _ line: UnsafeRawBufferPointer, isWhole: Bool = true
    ) throws(RequestRefusal) -> UnsafeRawBufferPointer {
        var end = 0
        while end < line.count, line[end].isTokenByte {
            end += 1
            guard end <= methodBytes else {
                throw RequestRefusal(.notImplemented, "the method is longer than \(methodBytes) bytes")
            }
        }
        let isEnded = end < line.count
        guard end > 0, isEnded ? line[end] == 0x20 : !isWhole else {
            throw .malformed("the request line does not begin with a method")
        }
        return line.part(0..<end)
    }

    /// The method without a string of its own for those that are common; methods are case-sensitive (RFC 9110 §9.1).
    /// CONNECT is for proxies (§9.3.6); the answer to TRACE would show a page's scripts what they may not see (§9.3.8).
    private static func knownMethod(_ bytes: UnsafeRawBufferPointer) throws(RequestRefusal) -> HTTPRequest.Method {
        switch bytes.count {
        case 3 where bytes.elementsEqual("GET".utf8): return .get
        case 4 where bytes.elementsEqual("POST".utf8): return .post
        case 4 where bytes.elementsEqual("HEAD".utf8): return .head
        default:
            guard let method = HTTPRequest.Method(String(decoding: bytes, as: UTF8.self)) else {
                throw .malformed("the request line does not begin with a method")
            }
            guard method != .connect, method != .trace else {
                throw RequestRefusal(.notImplemented, "the method is not implemented")
            }
            return method
        }
    }

    /// The minor version of `HTTP/1.x`.
    private static func minorVersion(_ bytes: UnsafeRawBufferPointer) throws(RequestRefusal) -> Int {
        guard bytes.count == 8, bytes.part(0..<5).elementsEqual("HTTP/".utf8), bytes[5].isDigit,
            bytes[6] == UInt8(ascii: "."), bytes[7].isDigit
        else { throw .malformed("the request line does not end with a version of HTTP") }
        guard bytes[5] == UInt8(ascii: "1") else {
            throw RequestRefusal(.httpVersionNotSupported, "only HTTP/1.0 and 1.1 are spoken here")
        }
        return bytes[7] == UInt8(ascii: "0") ? 0 : 1
    }
}
