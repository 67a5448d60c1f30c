// SPDX-License-Identifier: Apache-2.0

import Foundation
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

    private func open(
        recentLimit: Int = MessageStore.recentLimit, publish: @escaping MessageStore.Publish = { _ in }
    ) throws -> MessageStore {
        try MessageStore(path: folder.messages, recentLimit: recentLimit, publish: publish)
    }

    private func draft(_ text: String, cid: String? = nil, room: String = "聊天", user: String = "user1") -> Message.Draft
    {
        Message.Draft(cid: cid ?? text, room: room, user: user, text: text)
    }

    @Test("messages and rising ids survive a restart")
    func restart() async throws {
        var store = try open()
        let texts = ["你好", "line\nbreak \u{2028} and \"quotes\"", "😀 <script>", "nul \u{0}"]
        for text in texts { _ = try await store.append(draft(text)) }
        await store.close()
        store = try open()
        let page = try await store.page(of: "聊天", limit: 10)
        #expect(page.messages.map(\.text) == texts)
        #expect(page.messages.map(\.id) == [1, 2, 3, 4])
        #expect(!page.more)
        #expect(try await store.append(draft("next")).message.id == 5)
    }

    @Test("a line torn by a crash is cut off, and what was acknowledged stays")
    func tornLine() async throws {
        var store = try open()
        _ = try await store.append(draft("kept"))
        await store.close()
        let size = try folder.size(of: folder.messages)
        try folder.append(#"{"id":2,"cid":"x","room":"聊天","us"#, to: folder.messages)
        store = try open()
        #expect(try folder.size(of: folder.messages) == size)
        #expect(try await store.append(draft("after")).message.id == 2)
        await store.close()
        store = try open()
        #expect(try await store.page(of: "聊天", limit: 10).messages.map(\.text) == ["kept", "after"])
    }

    @Test("a file that holds something else is not touched, and the error names it", arguments: ["nonsense\n", "{}\n"])
    func corrupt(line: String) async throws {
        let store = try open()
        _ = try await store.append(draft("one"))
        await store.close()
        try folder.append(line, to: folder.messages)
        let size = try folder.size(of: folder.messages)
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.code == .corrupt)
        #expect(error?.description.contains(folder.messages) == true)
        #expect(try folder.size(of: folder.messages) == size)
    }

    @Test("two processes that share the file give each id once, and see what the other has written")
    func shared() async throws {
        let stores = [try open(), try open()]
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
        var store = try open()
        let first = try await store.append(draft("one", cid: "a"))
        let again = try await store.append(draft("another text", cid: "a"))
        #expect(first.isNew && !again.isNew)
        #expect(again.message == first.message)
        #expect(try await store.append(draft("of somebody else", cid: "a", user: "user2")).isNew)
        await store.close()
        store = try open()
        #expect(try await store.append(draft("one", cid: "a")).message == first.message)
    }

    @Test("the same cid many times at once is stored once")
    func idempotencyAtOnce() async throws {
        let store = try open()
        let stored = try await withThrowingTaskGroup(of: MessageStore.Stored.self) { group in
            for _ in 0..<50 { group.addTask { try await store.append(draft("once", cid: "a")) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(stored.count { $0.isNew } == 1)
        #expect(Set(stored.map(\.message)).count == 1)
        #expect(try await store.page(of: "聊天", limit: 10).messages.count == 1)
    }

    @Test("many at once: each id once, published in their order, after the commit")
    func concurrency() async throws {
        let published = Mutex<[Int]>([])
        let path = folder.messages
        let store = try open { message in
            let written = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            #expect(written.contains("\"cid\":\"\(message.cid)\""))
            published.withLock { $0.append(message.id) }
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
        #expect(published.withLock { $0 } == Array(1...600), "close waits for what is being published")
    }

    @Test("what is kept in memory to recognize messages is bounded; the oldest is forgotten first")
    func boundedMemory() {
        var recent = RecentMessages(limit: 3)
        let keys = (0..<5).map { Message.Key(user: "user1", cid: "\($0)") }
        for (offset, key) in keys.enumerated() { recent.append(key, offset: offset) }
        #expect(recent.count == 3)
        #expect(keys.map { recent[$0] } == [nil, nil, 2, 3, 4])
    }

    @Test("a closed store takes no message")
    func closed() async throws {
        let store = try open()
        await store.close()
        let error = await #expect(throws: StoreError.self) { _ = try await store.append(draft("late")) }
        #expect(error?.code == .closed)
    }
}
