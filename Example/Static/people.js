// SPDX-License-Identifier: Apache-2.0

/** A typist who says nothing more for so long has stopped; ms. */
const typingLasts = 6000

/** Least time between two typing frames; ms. */
const typingEvery = 2000

/** The list of who is online. */
export class Presence {
  #list

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list
  }

  /** @param {string[]} users Sorted by the server. */
  show(users) {
    this.#list.replaceChildren(
      ...users.map((user) => {
        const item = document.createElement('li')
        const name = document.createElement('bdi') // a name in another direction must not turn its neighbours
        item.dataset.user = name.textContent = user
        item.append(name)
        return item
      }),
    )
  }
}

/** The line that names who is typing, and the telling of others that we are. */
export class Typing {
  #line
  #words
  #send
  #timers = new Map() // user → timer
  #told = false // what others believe of us
  #next = null // what to tell them when the pause is over
  #pause = 0

  /**
   * @param {HTMLElement} line The element with role `status`.
   * @param {DOMStringMap} words `typing_one` and `typing_many`, with `{users}` for the names.
   * @param {(frame: object) => void} send
   */
  constructor(line, words, send) {
    this.#line = line
    this.#words = words
    this.#send = send
  }

  /** The user writes, or has emptied the box. */
  tell(on) {
    this.#next = on
    if (!this.#pause) this.#tellNext()
  }

  /** What was written is sent; the message itself tells the others that the typing is over. */
  done() {
    this.#told = false
    this.#next = null
  }

  /** Another user writes or has stopped. */
  show(user, on) {
    clearTimeout(this.#timers.get(user))
    if (on) this.#timers.set(user, setTimeout(() => this.show(user, false), typingLasts))
    else this.#timers.delete(user)
    this.#render()
  }

  /** Nobody is known to type: the connection is gone. */
  clear() {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#render()
  }

  #tellNext() {
    const on = this.#next
    this.#next = null
    this.#pause = 0
    if (on === null || (!on && !this.#told)) return
    this.#told = on
    this.#send({ type: 'typing', on })
    this.#pause = setTimeout(() => this.#tellNext(), typingEvery)
  }

  #render() {
    const users = [...this.#timers.keys()]
    const text = users.length > 1 ? this.#words.typing_many : this.#words.typing_one
    const line = users.length ? text.replace('{users}', () => users.join(', ')) : ''
    if (this.#line.textContent !== line) this.#line.textContent = line
  }
}
