// SPDX-License-Identifier: Apache-2.0

import JSONTree
import Testing

extension PagesScenario {
    /// Contract §4, on lost connections: the first wait is at most a second, none is over fifteen, they grow, they are at
    /// random, and the network's return ends one at once.
    @Test("How long a page waits before it connects again")
    func backoff() async throws {
        try await ChatScenario.run { server, driver in
            let site = await server.url
            try await driver.withUser("user1", ChatWords.english) { user in
                try await user.browser.open(site + "/login/")
                let waits = try await user.browser.script(Self.waits)
                #expect(waits["longest"] == [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
                #expect(waits["shortest"] == [250, 500, 1_000, 2_000, 4_000, 7_500, 7_500, 7_500])
                #expect(waits["afterReset"] == 500)
                #expect(waits["online"] == "at once")
            }
        }
    }

    /// Runs the site's own script with a clock that stands and dice that fall as wanted.
    private static let waits = """
        return (async () => {
          const { Backoff } = await import('/static/backoff.js')
          const [later, random] = [window.setTimeout, Math.random]
          try {
            const measure = async (backoff, dice) => {
              let waited
              window.setTimeout = (end, milliseconds) => { waited = Math.round(milliseconds); queueMicrotask(end) }
              Math.random = () => dice
              await backoff.wait()
              return waited
            }
            const series = async (backoff, dice) => {
              const waits = []
              for (let failure = 0; failure < 8; failure++) waits.push(await measure(backoff, dice))
              return waits
            }
            const longest = new Backoff()
            const result = { longest: await series(longest, 1), shortest: await series(new Backoff(), 0) }
            longest.reset()
            result.afterReset = await measure(longest, 1)
            window.setTimeout = later
            Math.random = () => 1
            const waiting = new Backoff().wait().then(() => 'at once')
            dispatchEvent(new Event('online'))
            const patience = new Promise((resolve) => later(() => resolve('after the time'), 250))
            result.online = await Promise.race([waiting, patience])
            return result
          } finally {
            window.setTimeout = later
            Math.random = random
          }
        })()
        """
}
