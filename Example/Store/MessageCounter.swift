// SPDX-License-Identifier: Apache-2.0

import Sluice

/// The one row that knows the last message's id. Who adds messages locks it first, in whichever process: so ids rise in
/// the order of the commits, and who has read up to an id has missed nothing below it.
@Model("chat")
struct MessageCounter {
    @Key(.integer) var id: Int = 1
    var last: Int = 0

    /// The counter, for this transaction alone until it ends.
    static func locked() async throws -> MessageCounter {
        if let counter = try await objects.filter({ $0.id == 1 }).selectForUpdate().first() { return counter }
        _ = try await objects.bulkCreate([MessageCounter()], ignoringConflicts: true)
        return try await objects.filter { $0.id == 1 }.selectForUpdate().get()
    }
}
