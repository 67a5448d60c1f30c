// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// What a page sends, as a form or as an object of JSON: fields with a text or a number each.
struct TicketInput: Sendable {
    /// Bytes of a body: a title and a text, with each character escaped.
    static let longestBody = 131_072

    private let fields: [String: String]

    /// - Throws: ``TicketError`` `bad_input` for JSON that is no such object.
    init(_ request: Request) async throws {
        guard request.sendsJSON else {
            let form = try await request.form(upTo: Self.longestBody)
            fields = Dictionary(
                ["title", "kind", "text", "decision", "node", "comment", "version", "to", "failure"].map {
                    ($0, form[$0] ?? "")
                }
            ) { $1 }
            return
        }
        do {
            let values: [String: Scalar] = try await request.json(upTo: Self.longestBody)
            fields = values.mapValues(\.text)
        } catch let error as HTTPError where error.code == "bad_json" || error.code == "bad_message" {
            throw TicketError.badInput
        }
    }

    subscript(name: String) -> String { fields[name] ?? "" }

    /// - Throws: `bad_input` for anything but `approve` or `reject` about a step and a version.
    func decision() throws(TicketError) -> Ticket.Decision {
        guard let version = Int(self["version"]), ["approve", "reject"].contains(self["decision"]), self["node"] != ""
        else { throw .badInput }
        return Ticket.Decision(
            isApproval: self["decision"] == "approve", node: self["node"], comment: self["comment"], version: version)
    }

    /// - Throws: `bad_input` for a kind of ticket that there is not.
    func draft(by applicant: String) throws(TicketError) -> Ticket.Draft {
        guard let kind = Ticket.Kind(rawValue: self["kind"]) else { throw .badInput }
        return Ticket.Draft(kind: kind, title: self["title"], text: self["text"], applicant: applicant)
    }

    /// A text or a number.
    private struct Scalar: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                text = "\(number)"
            } else {
                text = try container.decode(String?.self) ?? ""
            }
        }
    }
}

extension Request {
    /// Whether the body is JSON by its own words.
    var sendsJSON: Bool { headers[.contentType]?.lowercased().hasPrefix("application/json") ?? false }
}
