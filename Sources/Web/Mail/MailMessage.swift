// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
public import SluiceCore

/// A letter in plain text (Django's `EmailMessage`).
public struct MailMessage: Sendable, Hashable {
    /// Whom it is for: at least one address, `name@host`.
    public let recipients: [String]
    /// Who sends it.
    public let sender: String
    /// What it is about, in one line.
    public let subject: String
    /// The text.
    public let body: String

    /// A letter.
    ///
    /// - Throws: ``HTTPError`` 500 `bad_mail` for no recipient, an address that is none, or a line break in a subject: they
    ///   would add fields to the letter (Django's `BadHeaderError`).
    public init(to recipients: [String], from sender: String, subject: String, body: String) throws(HTTPError) {
        guard !recipients.isEmpty, (recipients + [sender]).allSatisfy(Self.isAddress) else {
            throw Self.refused("an address that is none")
        }
        guard subject.utf8.count <= 900,
            !subject.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw Self.refused("a subject with control characters, or of more than 900 bytes")
        }
        (self.recipients, self.sender, self.subject, self.body) = (recipients, sender, subject, body)
    }

    /// Whether it can stand in a field as it is: `name@host` in visible ASCII, without what separates addresses.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && text.utf8.allSatisfy { (0x21...0x7e).contains($0) && !"<>()[],;:\\\"".utf8.contains($0) }
            && text.utf8.first != UInt8(ascii: "-")
    }

    private static func refused(_ reason: String) -> HTTPError {
        HTTPError(.internalServerError, code: "bad_mail", "a letter has \(reason)")
    }

    /// The letter as it is handed on (RFC 5322): UTF-8, the subject encoded (RFC 2047), the body in base64.
    public func encoded(at now: WallTime) -> String {
        let fields = [
            "From: \(sender)", "To: \(recipients.joined(separator: ", "))", "Subject: \(encodedSubject)",
            "Date: \(now.httpDate.replacing("GMT", with: "+0000"))", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64", "Auto-Submitted: auto-generated",
        ]
        let text = body.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")
        let lines = Self.lines(of: Data(text.utf8).base64EncodedString(), width: 76)
        return (fields + [""] + lines).joined(separator: "\n") + "\n"
    }

    private var encodedSubject: String {
        guard !subject.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) || subject.contains("=?") else { return subject }
        // 36 bytes a word, cut between characters, so that each line is within 76 characters and each word whole by itself.
        var words = [""]
        for character in subject {
            let isFull = (words.last?.utf8.count ?? 0) + character.utf8.count > 36
            if isFull { words.append("") }
            words[words.count - 1].append(character)
        }
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\n ")
    }

    private static func lines(of text: String, width: Int) -> [String] {
        var (lines, rest): ([String], Substring) = ([], text[...])
        while !rest.isEmpty {
            lines.append(String(rest.prefix(width)))
            rest = rest.dropFirst(width)
        }
        return lines
    }
}
