// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Example

@Suite("Reading a room backwards")
struct HistoryTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Rooms `a` (ids 1, 3, 5 …) and `b` (2, 4, 6 …), more than are read at a time.
    private func filled() async throws -> MessageStore {
        let store = try await MessageStore(folder.databases())
        for id in 1...1_200 {
            let draft = Message.Draft(
                cid: "\(id)", room: id.isMultiple(of: 2) ? "b" : "a", user: "user1", text: "\(id)")
            // One after the other, so that ids are known; the writes are what the test costs.
            _ = try await store.append(draft)
        }
        return store
    }

    @Test("any page of any room, before and after any id")
    func pages() async throws {
        let store = try await filled()
        let odd = Array(stride(from: 1, through: 1_199, by: 2))
        for before in [nil, 1, 2, 3, 511, 512, 513, 514, 515, 1_025, 1_199, 1_200, 5_000] {
            for after in [0, 1, 400, 511, 1_190, 1_199, 9_999] {
                for limit in [1, 50, 2_000] {
                    let page = try await store.page(of: "a", before: before, after: after, limit: limit)
                    let wanted = odd.filter { $0 < before ?? .max && $0 > after }
                    #expect(page.messages.map(\.id) == wanted.suffix(limit))
                    #expect(page.more == (wanted.count > limit))
                }
            }
        }
        #expect(try await store.lastID(of: "b") == 1_200)
        #expect(try await store.page(of: "nobody was here", limit: 5).messages.isEmpty)
        let news = try await store.news(of: "b", after: 10)
        #expect(news.messages.map(\.id) == Array(stride(from: 12, through: 1_200, by: 2)) && news.more == nil)
        let oldest = try await store.oldest(of: "a", after: 4, limit: 3)
        #expect(oldest.map(\.id) == [5, 7, 9])
        await store.close()
    }
}
