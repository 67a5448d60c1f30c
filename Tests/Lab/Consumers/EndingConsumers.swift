// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

/// What the failing consumer fails with.
struct LabFailure: Error {}

/// Throws where it is told to: in `receive` on the text `throw`, in `connect` or `disconnect` by `?at=`.
final class RaiseConsumer: Consumer {
    private var query: FormFields { get throws { try FormFields(parsing: scope.queryString) } }

    override func connect() async throws {
        if try query["at"] == "connect" { throw LabFailure() }
        try await accept()
    }

    override func receive(text: String) async throws {
        if text == "throw" { throw LabFailure() }
        try await send(text: text)
    }

    override func disconnect(code: WebSocketCloseCode) async throws {
        if try query["at"] == "disconnect" { throw LabFailure() }
    }
}

/// Refuses the handshake with the status that the query names.
final class DenyConsumer: Consumer {
    override func connect() async throws {
        let status = try FormFields(parsing: scope.queryString)["status"].flatMap(Int.init) ?? 403
        throw DenyConnection(status: HTTPResponse.Status(code: status), body: "denied")
    }
}

/// Accepts, and closes with the code and reason that the query names.
final class CloseConsumer: Consumer {
    override func connect() async throws {
        let query = try FormFields(parsing: scope.queryString)
        try await accept()
        let code = query["code"].flatMap(UInt16.init) ?? 1000
        try await close(code: WebSocketCloseCode(rawValue: code), reason: query["reason"] ?? "")
    }
}
