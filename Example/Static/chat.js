// SPDX-License-Identifier: Apache-2.0

import { linked } from './links.js'

/** Entries that the page keeps while its end is shown; older ones can be loaded again. */
const entryLimit = 1000

/** Pixels from the end at which the reader still counts as being there. */
const endZone = 48

/**
 * The log of a chat page. Sent messages stand in the order of their ids, each once; notices where they happened; what
 * the user has written and the server has not confirmed, at the end.
 */
export class MessageList {
  #log
  #blank
  #self
  #words
  #byId = new Map()
  #unsent = new Map() // cid → entry
  #atEnd = true
  #size = ''
  #frame = 0
  #time

  /** Called with the `cid` and text of a failed message that the user wants sent again. */
  onRetry = () => {}
  /** Called when old entries were taken out of the page. */
  onTrim = () => {}

  /**
   * Takes over the entries of the served page.
   * @param {HTMLElement} log The element with role `log`; it is the scroll container too.
   * @param {HTMLTemplateElement} blank One message without content.
   * @param {string} self The signed-in user's name.
   * @param {DOMStringMap} words `pending`, `failed`, `retry`.
   */
  constructor(log, blank, self, words) {
    this.#log = log
    this.#blank = blank.content.firstElementChild
    this.#self = self
    this.#words = words
    this.#time = new Intl.DateTimeFormat(document.documentElement.lang, {
      month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
    })
    for (const entry of log.querySelectorAll('[data-kind=message]')) {
      this.#byId.set(Number(entry.dataset.id), entry)
      const text = part(entry, 'text')
      text.replaceChildren(linked(text.textContent))
      this.#stamp(entry, entry.querySelector('time').dateTime)
    }
    log.addEventListener('scroll', () => this.#measure())
    new ResizeObserver(() => {
      this.#size = this.#currentSize()
      this.#showEnd()
    }).observe(log)
  }

  /** Id of the oldest message in the page, or null. */
  get oldest() {
    const first = this.#log.querySelector('[data-kind=message][data-id]')
    return first ? Number(first.dataset.id) : null
  }

  /**
   * Shows a message of the server, unless it is shown already.
   * @returns {boolean} Whether it is new to the page.
   */
  add(message) {
    if (message.user === this.#self && this.#unsent.has(message.cid)) this.sent(message.cid, message.id)
    const known = this.#byId.get(message.id)
    if (known) this.#stamp(known, message.at)
    else this.#confirm(this.#make(message), message.id)
    return !known
  }

  /** Shows the user's own message before the server has it. */
  pending(cid, text) {
    const entry = this.#make({ user: this.#self, text, at: new Date().toISOString() })
    this.#mark(entry, 'pending')
    this.#unsent.set(cid, entry)
    this.#log.append(entry)
    this.#atEnd = true
    this.#follow()
  }

  /** The server has stored the message of this `cid` under this id. */
  sent(cid, id) {
    const entry = this.#unsent.get(cid)
    if (!entry) return
    this.#unsent.delete(cid)
    if (this.#byId.has(id)) entry.remove()
    else this.#confirm(entry, id)
  }

  /** The server has refused it: a button offers to try again. */
  failed(cid) {
    const entry = this.#unsent.get(cid)
    if (!entry) return
    this.#mark(entry, 'failed')
    const retry = document.createElement('button')
    retry.type = 'button'
    retry.textContent = this.#words.retry
    retry.addEventListener('click', () => {
      this.#log.focus() // the button goes away
      this.#mark(entry, 'pending')
      this.onRetry(cid, part(entry, 'text').textContent)
    })
    part(entry, 'state').append(' ', retry)
    this.#follow()
  }

  /** Adds a line that is not a message, such as a change of the connection. */
  notice(text) {
    const line = document.createElement('p')
    line.dataset.kind = 'notice'
    line.textContent = text
    this.#log.insertBefore(line, this.#unsent.values().next().value ?? null)
    this.#follow()
  }

  /** Adds older messages above, without moving what is being read. */
  addEarlier(messages) {
    const fromEnd = this.#log.scrollHeight - this.#log.scrollTop
    this.#atEnd = false
    for (const message of messages) this.add(message)
    this.#log.scrollTop = this.#log.scrollHeight - fromEnd
    this.#measure()
  }

  /** Takes out what is confirmed up to this id, because a gap must not be hidden between it and what follows. */
  forget(through) {
    for (const [id, entry] of this.#byId) {
      if (id > through) continue
      entry.remove()
      this.#byId.delete(id)
    }
  }

  #make({ user, text, at }) {
    const entry = this.#blank.cloneNode(true)
    entry.classList.add('new')
    entry.dataset.user = user
    entry.toggleAttribute('data-own', user === this.#self)
    part(entry, 'user').textContent = user
    part(entry, 'text').replaceChildren(linked(text))
    this.#stamp(entry, at)
    return entry
  }

  /** Shows the time in the reader's zone. */
  #stamp(entry, at) {
    const time = entry.querySelector('time')
    time.dateTime = at
    time.textContent = this.#time.format(new Date(at))
  }

  #mark(entry, state) {
    entry.dataset.state = state
    part(entry, 'state').textContent = this.#words[state] ?? ''
  }

  #confirm(entry, id) {
    this.#byId.set(id, entry)
    entry.dataset.id = id
    this.#mark(entry, 'sent')
    this.#place(entry, id)
    this.#trim()
    this.#follow()
  }

  /** Looks from the end, where nearly all messages belong. */
  #place(entry, id) {
    let next = null
    for (let other = this.#log.lastElementChild; other; other = other.previousElementSibling) {
      if (other === entry || other.dataset.kind === 'notice') continue
      if (Number(other.dataset.id) < id) break
      next = other // younger, or not confirmed yet
    }
    // Moving a node makes a screen reader say it again.
    if (!entry.isConnected || entry.nextElementSibling !== next) this.#log.insertBefore(entry, next)
  }

  #trim() {
    if (!this.#atEnd || this.#log.childElementCount <= entryLimit) return
    while (this.#log.childElementCount > entryLimit - 100) {
      const first = this.#log.firstElementChild
      if (first.dataset.id) this.#byId.delete(Number(first.dataset.id))
      else if (first.dataset.kind === 'message') break // not confirmed yet
      first.remove()
    }
    this.onTrim()
  }

  #currentSize() {
    return `${this.#log.clientWidth} ${this.#log.clientHeight}`
  }

  /**
   * A box that has just changed its size scrolls too, which is not the reader's doing; and while the end is about to be
   * shown, the event of an earlier scroll meets entries that came after it.
   */
  #measure() {
    if (this.#frame || this.#size !== this.#currentSize()) return
    this.#atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < endZone
  }

  /** Once a frame: to ask for the height after each of many messages would lay the page out each time. */
  #follow() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#showEnd())
  }

  #showEnd() {
    this.#frame = 0
    if (this.#atEnd) this.#log.scrollTop = this.#log.scrollHeight
  }
}

function part(entry, name) {
  return entry.querySelector(`[data-part=${name}]`)
}
