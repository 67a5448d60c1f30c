// SPDX-License-Identifier: Apache-2.0

/** Puts `(n)` before the title while n messages have come to a hidden page. */
export class Unread {
  #title = document.title
  #count = 0

  constructor() {
    document.addEventListener('visibilitychange', () => document.hidden || this.#show(0))
  }

  add() {
    if (document.hidden) this.#show(this.#count + 1)
  }

  #show(count) {
    this.#count = count
    document.title = count ? `(${count}) ${this.#title}` : this.#title
  }
}
