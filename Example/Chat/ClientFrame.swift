// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a client says in JSON mode.
enum ClientFrame: Hashable {
    case send(cid: String, text: String)
    case typing(Bool)
    case read(id: Int)
    case history(before: Int?, limit: Int)
    case ping
    /// Asks for all that there is, where a change was missed.
    case get

    /// Reads a frame.
    ///
    /// - Throws: ``Malformed``.
    init(_ text: String) throws(Malformed) {
        let data = Data(text.utf8)
        guard let fields = try? JSONDecoder().decode(Fields.self, from: data) else {
            throw Malformed(cid: (try? JSONDecoder().decode(Reference.self, from: data))?.cid)
        }
        switch fields.type {
        case "send":
            guard let cid = fields.cid, let text = fields.text else { throw Malformed(cid: fields.cid) }
            self = .send(cid: cid, text: text)
        case "typing":
            guard let on = fields.on else { throw Malformed(cid: nil) }
            self = .typing(on)
        case "read":
            guard let id = fields.id else { throw Malformed(cid: nil) }
            self = .read(id: id)
        case "history": self = .history(before: fields.before, limit: fields.limit ?? 50)
        case "ping": self = .ping
        case "get": self = .get
        default: throw Malformed(cid: fields.cid)
        }
    }

    /// No frame of this protocol.
    struct Malformed: Error {
        /// What the client may recognize it by.
        let cid: String?
    }

    private struct Fields: Decodable {
        var type: String
        var cid: String?
        var text: String?
        var on: Bool?
        var id: Int?
        var before: Int?
        var limit: Int?
    }

    private struct Reference: Decodable {
        var cid: String
    }
}
