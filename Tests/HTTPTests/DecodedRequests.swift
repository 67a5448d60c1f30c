// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore

@testable import SluiceServer

/// What a decoder made of bytes that came in pieces.
struct DecodedRequests: Equatable {
    /// Method, path, how the body was framed, and behind a `|` the body; a body that is not whole ends with `…`.
    var requests: [String] = []
    /// The status that ends the connection; `nil` when everything was taken.
    var status: Int?
    /// Bytes that were left undecoded.
    var rest = 0

    init(_ pieces: some Sequence<[UInt8]>, limits: ServerConfiguration.HTTPLimits = .init()) {
        var decoder = RequestDecoder()
        var open: [UInt8]?
        for piece in pieces {
            decoder.feed(ByteBuffer(bytes: piece))
            do throws(RequestRefusal) {
                while let event = try decoder.next(limits) { take(event, &open) }
            } catch {
                status = error.status.code
                break
            }
        }
        rest = decoder.unreadBytes
        if let open { requests[requests.count - 1] += String(decoding: open, as: UTF8.self) + "…" }
    }

    private mutating func take(_ event: RequestDecoder.Event, _ open: inout [UInt8]?) {
        switch event {
        case .head(let head):
            requests.append("\(head.method) \(head.target.rawPath)\(head.framing.mark)")
            if head.framing != .none { open = [] }
        case .body(let bytes, let isLast):
            open?.append(contentsOf: bytes.readableBytesView)
            guard isLast, let whole = open else { return }
            requests[requests.count - 1] += String(decoding: whole, as: UTF8.self)
            open = nil
        }
    }
}

extension RequestHead.Framing {
    fileprivate var mark: String {
        switch self {
        case .none: ""
        case .length(let length): " \(length)|"
        case .chunked: " chunked|"
        }
    }
}
