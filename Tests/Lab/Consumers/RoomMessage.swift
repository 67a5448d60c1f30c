// SPDX-License-Identifier: Apache-2.0

import JSONTree
import Sluice
import Synchronization

/// What a member of a JSON room said: any JSON object.
struct RoomMessage: ChannelEvent {
    static let type = "chat.message"

    let payload: JSON
    private let texts = RoomTexts()

    private enum CodingKeys: CodingKey { case payload }

    init(payload: JSON) {
        self.payload = payload
    }

    /// The object as members get it, encoded once however many they are.
    ///
    /// - Parameter position: the event's place in the history, which becomes the field `_o`.
    func text(at position: Position?, _ encode: (JSON) throws -> String) rethrows -> String {
        guard let position, case .object(var fields) = payload else {
            return try texts.text(isPlaced: false) { try encode(payload) }
        }
        return try texts.text(isPlaced: true) {
            fields["_o"] = .int(Int(position.offset))
            return try encode(.object(fields))
        }
    }
}

/// The texts of one event, with its place and without.
private final class RoomTexts: Sendable {
    private let texts = Mutex<[Bool: String]>([:])

    func text(isPlaced: Bool, _ encode: () throws -> String) rethrows -> String {
        if let text = texts.withLock({ $0[isPlaced] }) { return text }
        let text = try encode()
        texts.withLock { $0[isPlaced] = text }
        return text
    }
}
