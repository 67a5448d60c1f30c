// SPDX-License-Identifier: Apache-2.0

/** Who comes anew, by a link or an address, begins with an empty box. */
const isReturn = ['reload', 'back_forward'].includes(performance.getEntriesByType('navigation')[0]?.type)

/**
 * What this tab has not brought to the server yet: the text in the box, which survives a reload of the page, and
 * messages without an answer, which survive until there is one. It is of one user and one room alone.
 */
export class Unsent {
  #key
  #draft = ''
  #messages = new Map() // cid → text, in the order of writing

  /** @param {HTMLElement} page Has `data-self` and `data-room`. */
  constructor({ dataset: { self, room } }) {
    this.#key = `unsent ${self} ${location.pathname} ${room}`
    const { draft = '', messages = [] } = JSON.parse(sessionStorage.getItem(this.#key) ?? '{}')
    this.#draft = isReturn ? draft : ''
    this.#messages = new Map(messages)
  }

  get draft() {
    return this.#draft
  }

  /** @returns {[string, string][]} `cid` and text of each. */
  get messages() {
    return [...this.#messages]
  }

  /** The text in the box; empty when it was sent. */
  write(draft) {
    this.#draft = draft
    this.#save()
  }

  add(cid, text) {
    this.#messages.set(cid, text)
    this.#save()
  }

  /** The server has answered. */
  remove(cid) {
    if (this.#messages.delete(cid)) this.#save()
  }

  #save() {
    try {
      if (!this.#draft && !this.#messages.size) sessionStorage.removeItem(this.#key)
      else sessionStorage.setItem(this.#key, JSON.stringify({ draft: this.#draft, messages: this.messages }))
    } catch {
      // The browser has no more room: it is a comfort, and no reason to fail.
    }
  }
}
