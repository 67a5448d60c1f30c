// SPDX-License-Identifier: Apache-2.0

public import NIOCore
import SluiceCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension WebSocketCommunicator {
    /// Takes the application's next message, which must be text.
    public func receiveText(timeout: Duration = .seconds(1)) async throws -> String {
        let message = try await receive("a text message", timeout: timeout)
        guard case .text(let text) = message else { throw unexpectedMessage("a text message", message) }
        return text
    }

    /// Takes the application's next message, which must be binary.
    public func receiveBytes(timeout: Duration = .seconds(1)) async throws -> ByteBuffer {
        let message = try await receive("a binary message", timeout: timeout)
        guard case .bytes(let bytes) = message else { throw unexpectedMessage("a binary message", message) }
        return bytes
    }

    /// Sends a value as a text message in JSON.
    ///
    /// - Throws: `EncodingError`.
    public func sendJSON(_ value: some Encodable) throws {
        let data = try JSONEncoder().encode(value)
        send(text: String(decoding: data, as: UTF8.self))
    }

    /// Takes the application's next message, which must be text in JSON.
    ///
    /// - Throws: as ``receiveText(timeout:)``, or `DecodingError`.
    public func receiveJSON<Value: Decodable>(
        as type: Value.Type = Value.self, timeout: Duration = .seconds(1)
    ) async throws -> Value {
        let message = try await receive("a JSON message", timeout: timeout)
        guard case .text(let text) = message else { throw unexpectedMessage("a JSON message", message) }
        return try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
