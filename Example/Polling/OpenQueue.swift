// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Sluice

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `/home/queue/`: opens a queue for one page of the user.
struct OpenQueue: MethodView {
    var handlers: [MethodHandler] { [.post(open)] }

    private struct Opened: Encodable {
        var queue: UUID
        var lastId: Int

        enum CodingKeys: String, CodingKey {
            case queue
            case lastId = "last_id"
        }
    }

    func open(_ request: Request) async throws -> Response {
        let lastID = try await request.scope.chatRooms.store.lastID(of: Polling.room)
        let queue = try request.scope.longPolls.queues.open(
            for: request.user.name, at: lastID, now: request.scope.connection.clock.monotonic)
        return try .answer(Opened(queue: queue, lastId: lastID), status: .created)
    }
}
