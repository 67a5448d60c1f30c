// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import SluiceCore

/// How much body a response has (RFC 9110 §6.4.1, §8.6), in every version of HTTP.
enum BodyLength {
    /// The response has no body, whatever the application sends (HEAD, 204, 205, 304).
    case none
    /// So many bytes are left.
    case exactly(Int)
    /// The application has not said.
    case open

    /// - Parameters:
    ///   - declared: the application's `Content-Length`.
    ///   - only: the size of a body that comes in one piece.
    /// - Throws: ``SendError`` when they contradict each other.
    init(_ status: HTTPResponse.Status, isHead: Bool, declared: Int?, only: Int?) throws(SendError) {
        if isHead || status == .noContent || status == .resetContent || status == .notModified {
            self = .none
        } else if let declared, let only, only != declared {
            throw SendError(.contentLengthMismatch, "Content-Length is \(declared), the body has \(only) bytes")
        } else if let length = declared ?? only {
            self = .exactly(length)
        } else {
            self = .open
        }
    }

    /// The number that a `Content-Length` of the application names.
    static func declared(_ text: String) throws(SendError) -> Int {
        // `Int` alone would take a sign too.
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let length = Int(text) else {
            throw SendError(.invalidHeader, "Content-Length is not a number")
        }
        return length
    }

    /// Counts a piece of the body.
    ///
    /// - Throws: ``SendError`` when it is too much, or the last one and too little.
    mutating func take(_ count: Int, moreBody: Bool) throws(SendError) {
        guard case .exactly(let remaining) = self else { return }
        guard count <= remaining, moreBody || count == remaining else {
            throw SendError(.contentLengthMismatch, "\(remaining) bytes of Content-Length remain, \(count) were sent")
        }
        self = .exactly(remaining - count)
    }

    /// - Throws: ``SendError`` when body is missing in front of the trailers.
    func endsBeforeTrailers() throws(SendError) {
        if case .exactly(let remaining) = self, remaining > 0 {
            throw SendError(.contentLengthMismatch, "\(remaining) bytes of Content-Length remain before the trailers")
        }
    }
}
