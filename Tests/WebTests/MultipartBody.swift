// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import SluiceWeb

/// A `multipart/form-data` body, written by hand.
struct MultipartBody {
    struct Part {
        var head: String
        var content: [UInt8]

        static func field(_ name: String, _ value: String) -> Self {
            Self(head: "Content-Disposition: form-data; name=\"\(name)\"", content: Array(value.utf8))
        }

        static func file(
            _ name: String, _ fileName: String, type: String = "application/octet-stream", _ content: [UInt8]
        ) -> Self {
            Self(
                head: "Content-Disposition: form-data; name=\"\(name)\"; filename=\"\(fileName)\"\r\n"
                    + "Content-Type: \(type)",
                content: content)
        }
    }

    var boundary = "----boundary0123456789"
    var parts: [Part]

    init(_ parts: Part...) {
        self.parts = parts
    }

    init(_ parts: [Part]) {
        self.parts = parts
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for part in parts {
            bytes += Array("--\(boundary)\r\n\(part.head)\r\n\r\n".utf8) + part.content + Array("\r\n".utf8)
        }
        return bytes + Array("--\(boundary)--\r\n".utf8)
    }

    /// A request with the body cut into pieces of a length.
    func exchange(pieces length: Int = 1_000, headers: HTTPFields = [:]) -> Exchange {
        Self.exchange(bytes, boundary: boundary, pieces: length, headers: headers)
    }

    static func exchange(
        _ bytes: [UInt8], boundary: String = "----boundary0123456789", pieces length: Int = 1_000,
        headers: HTTPFields = [:]
    ) -> Exchange {
        var headers = headers
        headers[.contentType] = "multipart/form-data; boundary=\"\(boundary)\""
        var exchange = Exchange(.post, "/", headers: headers)
        exchange.pieces = stride(from: 0, to: bytes.count, by: length).map { start in
            ByteBuffer(bytes: bytes[start..<min(start + length, bytes.count)])
        }
        return exchange
    }
}

extension Form {
    /// Everything in the form as text, for comparison.
    func summary() async throws -> [String] {
        var lines = fields.map { "\($0.name)=\($0.value)" }
        for entry in files.entries {
            let content = try await entry.file.read(upTo: .max)
            lines.append(
                "\(entry.field):\(entry.file.name):\(entry.file.contentType):\(entry.file.size):"
                    + "\(Array(content.readableBytesView).hashValue)")
        }
        return lines
    }
}
