// SPDX-License-Identifier: Apache-2.0

/** Waits in milliseconds. */
const firstRetry = 500
const longestRetry = 15_000

/** How long to wait after failures: longer each time, and at random, so that many clients do not come back at once. */
export class Backoff {
  #failures = 0

  /** It went well. */
  reset() {
    this.#failures = 0
  }

  /** It failed: returns when it is time to try again; at once when the network comes back. */
  wait() {
    const longest = Math.min(longestRetry, firstRetry * 2 ** this.#failures)
    this.#failures += 1
    return pause(longest * (0.5 + Math.random() / 2))
  }
}

/** Returns after some milliseconds, or when the browser is online again. */
export function pause(milliseconds) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      removeEventListener('online', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    addEventListener('online', end)
  })
}

/** Returns when somebody looks at the page. */
export async function visible() {
  if (document.hidden) await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }))
}
