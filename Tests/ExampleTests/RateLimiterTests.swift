// SPDX-License-Identifier: Apache-2.0

import Sluice
import Testing

@testable import Example

@Suite("Rates, typing and presence")
struct RateLimiterTests {
    @Test("so many in a window that slides, for each key; what is given back is one's own")
    func window() {
        let limiter = RateLimiter(limit: 2, window: .seconds(10))
        #expect(limiter.take("a", at: .seconds(0)) && limiter.take("a", at: .seconds(4)))
        #expect(!limiter.take("a", at: .seconds(9)) && limiter.take("b", at: .seconds(9)))
        #expect(limiter.take("a", at: .seconds(10)) && !limiter.take("a", at: .seconds(13)))
        // Not the one that was taken last: that is another socket's, and lasts longer.
        limiter.giveBack("a", takenAt: .seconds(4))
        #expect(limiter.take("a", at: .seconds(13)) && !limiter.take("a", at: .seconds(19)))
        limiter.giveBack("a", takenAt: .seconds(1))
        limiter.giveBack("nobody", takenAt: .seconds(1))
        #expect(!limiter.take("a", at: .seconds(19)) && limiter.take("a", at: .seconds(20)))
    }

    @Test("keys whose window is over are forgotten; the others are not")
    func boundedMemory() {
        let limiter = RateLimiter(limit: 1, window: .seconds(10))
        for second in 0..<10_000 {
            #expect(limiter.take("\(second)", at: .seconds(second)))
            #expect(!limiter.take("\(max(0, second - 9))", at: .seconds(second)))
            #expect(limiter.count <= 65)
        }
        for number in 0..<1_000 { _ = limiter.take("at once \(number)", at: .seconds(10_000)) }
        #expect((0..<1_000).allSatisfy { !limiter.take("at once \($0)", at: .seconds(10_009)) })
    }

    @Test("typing: changes pass, repetitions within 1.5 s do not, and a flood of changes does not either")
    func typing() {
        var throttle = TypingThrottle()
        let attempts: [(on: Bool, second: Int)] = [(true, 1), (true, 2), (true, 3), (false, 3), (false, 4)]
        let passed = attempts.map { throttle.allows($0.on, at: .seconds($0.second)) }
        #expect(passed == [true, false, true, true, false])
        var flood = 0
        for number in 0..<100 where throttle.allows(number.isMultiple(of: 2), at: .seconds(4)) { flood += 1 }
        #expect(flood == 7)
    }

    @Test("people: sorted, each once, however often a change is told")
    func people() {
        func applied(_ people: People, joined: [String] = [], left: [String] = []) -> (names: [String], isNew: Bool) {
            var people = people
            let entries = joined.map { PresenceEntry(key: $0, metadata: []) }
            let isNew = people.apply(PresenceDiff(group: "1", joined: entries, left: left))
            return (people.names, isNew)
        }
        let two = People(["b", "d"].map { PresenceEntry(key: $0, metadata: []) })
        #expect(applied(two, joined: ["e", "a", "c"]) == (["a", "b", "c", "d", "e"], true))
        #expect(applied(two, joined: ["b", "d"], left: ["x", "", "a"]) == (["b", "d"], false))
        #expect(applied(two, joined: ["c"], left: ["b"]) == (["c", "d"], true))
        #expect(applied(two, left: ["b", "d"]) == ([], true))
        #expect(applied(People(), left: ["a"]) == ([], false))
    }
}
