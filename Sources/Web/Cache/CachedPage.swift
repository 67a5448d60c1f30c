// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import NIOCore
import SluiceCore

/// A page as it is kept: its fields as JSON behind their length, then its body as it is.
struct CachedPage: Sendable {
    private struct Head: Codable {
        var fields: [[String]]
        var madeAt: Int64
    }

    private let head: Head
    private let body: ByteBuffer

    init(_ headers: HTTPFields, _ body: ByteBuffer, madeAt: WallTime) {
        head = Head(fields: headers.map { [$0.name.rawName, $0.value] }, madeAt: madeAt.seconds)
        self.body = body
    }

    /// From what ``encoded()`` gave; nil for anything else.
    init?(encoded: ByteBuffer) {
        var bytes = encoded
        guard let length = bytes.readInteger(as: UInt32.self), let json = bytes.readSlice(length: Int(length)),
            let head = try? JSONDecoder().decode(Head.self, from: Data(json.readableBytesView))
        else { return nil }
        self.head = head
        body = bytes
    }

    func encoded() throws -> ByteBuffer {
        let json = try JSONEncoder().encode(head)
        var bytes = ByteBufferAllocator().buffer(capacity: 4 + json.count + body.readableBytes)
        bytes.writeInteger(UInt32(json.count))
        bytes.writeBytes(json)
        bytes.writeImmutableBuffer(body)
        return bytes
    }

    /// The names in `Vary`, in lower case.
    var varyingFields: [String] {
        head.fields.filter { $0.first?.lowercased() == "vary" }.flatMap { field in
            field.dropFirst().joined().lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }.map(String.init)
        }
    }

    /// The page with its age (RFC 9111 §5.1).
    func response(at now: WallTime) -> Response {
        var headers = HTTPFields()
        for field in head.fields where field.count == 2 {
            if let name = HTTPField.Name(field[0]) { headers.append(HTTPField(name: name, value: field[1])) }
        }
        headers[.age] = String(max(0, now.seconds - head.madeAt))
        return Response(headers: headers, body: .bytes(body))
    }
}
