// SPDX-License-Identifier: Apache-2.0

import Sluice
import Synchronization
import Testing

@testable import Example

@Suite("The message store")
struct MessageStoreTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(publish: @escaping MessageStore.Publish = { _, _ in }) async throws -> MessageStore {
        try await MessageStore(try await folder.databases(), publish: publish)
    }

    private func draft(_ text: String, cid: String? = nil, room: String = "聊天", user: String = "user1") -> Message.Draft
    {
        Message.Draft(cid: cid ?? text, room: room, user: user, text: text)
    }

    @Test("messages and rising ids survive a restart")
    func restart() async throws {
        var store = try await open()
        let texts = ["你好", "line\nbreak \u{2028} and \"quotes\"", "😀 <script>", "\u{202e}rtl"]
        for text in texts { _ = try await store.append(draft(text)) }
        await store.close()
        store = try await open()
        let page = try await store.page(of: "聊天", limit: 10)
        #expect(page.messages.map(\.text) == texts)
        #expect(page.messages.map(\.id) == [1, 2, 3, 4])
        #expect(!page.more)
        #expect(try await store.append(draft("next")).message.id == 5)
    }

    @Test("two processes that share the database give each id once, and see what the other has written")
    func shared() async throws {
        let stores = [try await open(), try await open()]
        let stored = try await withThrowingTaskGroup(of: MessageStore.Stored.self) { group in
            for number in 0..<100 {
                group.addTask { try await stores[number % 2].append(draft("\(number / 4)")) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(stored.count { $0.isNew } == 25)
        #expect(Set(stored.map(\.message.id)) == Set(1...25))
        for store in stores {
            #expect(try await store.page(of: "聊天", limit: 100).messages.map(\.id) == Array(1...25))
            #expect(try await store.lastID(of: "聊天") == 25)
        }
    }

    @Test("the same cid of the same user is the same message, also after a restart")
    func idempotency() async throws {
        var store = try await open()
        let first = try await store.append(draft("one", cid: "a"))
        let again = try await store.append(draft("another text", cid: "a"))
        #expect(first.isNew && !again.isNew)
        #expect(again.message == first.message)
        #expect(try await store.append(draft("of somebody else", cid: "a", user: "user2")).isNew)
        await store.close()
        store = try await open()
        #expect(try await store.append(draft("one", cid: "a")).message == first.message)
    }

    @Test("the same cid many times at once is stored once")
    func idempotencyAtOnce() async throws {
        let store = try await open()
        let stored = try await withThrowingTaskGroup(of: MessageStore.Stored.self) { group in
            for _ in 0..<50 { group.addTask { try await store.append(draft("once", cid: "a")) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(stored.count { $0.isNew } == 1)
        #expect(Set(stored.map(\.message)).count == 1)
        #expect(try await store.page(of: "聊天", limit: 10).messages.count == 1)
    }

    @Test("many at once: each id once, published in their order, after the commit, each with the one before")
    func concurrency() async throws {
        let published = Mutex<[(message: Message, previous: Int)]>([])
        let other = try await open()
        let store = try await open { message, previous in
            let committed = try? await other.message(message.key)
            #expect(committed == message)
            published.withLock { $0.append((message, previous)) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<600 {
                group.addTask { _ = try await store.append(draft("\(number)", room: "room\(number % 3)")) }
            }
            try await group.waitForAll()
        }
        var all: [Int] = []
        for room in 0..<3 {
            let ids = try await store.page(of: "room\(room)", limit: 1_000).messages.map(\.id)
            #expect(ids == ids.sorted() && ids.count == 200)
            all += ids
        }
        #expect(all.sorted() == Array(1...600))
        await store.close()
        let told = published.withLock { $0 }
        #expect(told.map(\.message.id) == Array(1...600), "close waits for what is being published")
        for room in 0..<3 {
            let ofRoom = told.filter { $0.message.room == "room\(room)" }
            #expect(ofRoom.map(\.previous) == [0] + ofRoom.dropLast().map(\.message.id))
        }
    }

    @Test("what one process stores the other learns, in order, once")
    func learning() async throws {
        let learned = Mutex<[Int]>([])
        let databases = try await folder.databases()
        let one = try await open()
        for number in 0..<3 { _ = try await one.append(draft("\(number)")) }
        let two = try await MessageStore(databases, learned: { message in learned.withLock { $0.append(message.id) } })
        #expect(learned.withLock { $0 } == [1, 2, 3])
        for number in 3..<6 { _ = try await one.append(draft("\(number)")) }
        _ = try await two.append(draft("6"))
        _ = try await one.append(draft("7"))
        try await two.catchUp()
        #expect(learned.withLock { $0 } == Array(1...8))
    }

    @Test("a closed store takes no message")
    func closed() async throws {
        let store = try await open()
        await store.close()
        await #expect(throws: StoreError.closed) { _ = try await store.append(draft("late")) }
    }
}
