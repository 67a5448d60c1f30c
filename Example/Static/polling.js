// SPDX-License-Identifier: Apache-2.0

import { Backoff } from './backoff.js'
import { MessageList } from './chat.js'
import { Composer } from './composer.js'
import { ask } from './request.js'
import { uuid } from './sluice/sluice.js'
import { Unread } from './unread.js'
import { Unsent } from './unsent.js'

/** What both polling pages are: a log, a form, and the state of the connection. How news come is up to each. */
export class Conversation {
  /** Everything up to this id has come, in order. */
  lastId

  #page
  #words
  #status
  #list
  #composer
  #unread = new Unread()
  #unsent
  #outbox = new Map() // cid → text, in the order of writing
  #isDelivering = false
  #told = 0 // what the server knows to be read

  /** @param {HTMLElement} page The element with `data-room`. */
  constructor(page) {
    const part = (name) => page.querySelector(`[data-part=${name}]`)
    this.#page = page
    this.#words = page.querySelector('[data-words]').dataset
    this.#status = page.querySelector('[data-connection]')
    this.#list = new MessageList(page.querySelector('[role=log]'), part('blank'), page.dataset.self, this.#words)
    this.#composer = new Composer(part('composer'), part('error'), this.#words)
    this.#unsent = new Unsent(page)
    this.lastId = Number(page.dataset.lastId)
    this.#composer.onEdit = (text) => this.#unsent.write(text)
    this.#composer.onSend = (text) => {
      this.#unsent.write('')
      this.#say(uuid(), text)
    }
    this.#list.onRetry = (cid, text) => {
      this.#composer.calm()
      this.#post(cid, text)
    }
    this.#offerEarlier(part('earlier'))
    document.addEventListener('visibilitychange', () => this.#tellRead())
    this.#composer.restore(this.#unsent.draft)
    for (const [cid, text] of this.#unsent.messages) this.#say(cid, text)
    this.#composer.focus()
  }

  /** `connecting`, `open` or `reconnecting`. */
  get state() {
    return this.#status.dataset.connection
  }

  /** The server has answered. */
  opened() {
    this.#enter('open')
  }

  /**
   * What to ask for: all behind the last id. It tells by the way what was read: what a hidden page shows was not.
   * @returns {string} A query.
   */
  get question() {
    if (document.hidden) return `after=${this.lastId}`
    this.#told = this.lastId
    return `after=${this.lastId}&read=${this.lastId}`
  }

  /** Shows what is new. It comes in order, so its last id is where to go on. */
  receive({ messages, last_id }) {
    if (last_id < this.lastId) {
      // Ids that go back are of another database.
      this.#list.forget(Infinity)
      this.lastId = 0
    }
    for (const message of messages) {
      this.lastId = Math.max(this.lastId, message.id)
      if (this.#list.add(message) && message.user !== this.#page.dataset.self) this.#unread.add()
    }
  }

  /** Asks again and again: `step` is one question and its answer. */
  async keep(step) {
    const backoff = new Backoff()
    while (true) {
      try {
        await step()
        backoff.reset()
      } catch {
        this.#enter('reconnecting')
        await backoff.wait()
      }
    }
  }

  #enter(state) {
    if (state === this.state) return
    if (this.state === 'open') this.#list.notice(this.#words.disconnected)
    if (state === 'open') this.#list.notice(this.#words.connected)
    this.#status.dataset.connection = state
    this.#status.textContent = this.#words[state]
  }

  #say(cid, text) {
    this.#list.pending(cid, text)
    this.#post(cid, text)
  }

  #post(cid, text) {
    this.#unsent.add(cid, text)
    this.#outbox.set(cid, text)
    if (!this.#isDelivering) this.#deliver()
  }

  /** One after the other, so that they are stored in the order of writing; each until the server has answered. */
  async #deliver() {
    const backoff = new Backoff()
    this.#isDelivering = true
    while (this.#outbox.size) {
      const [cid, text] = this.#outbox.entries().next().value
      try {
        const { id } = await ask('/home/messages/', { method: 'POST', body: { cid, text } })
        this.#answered(cid)
        this.#list.sent(cid, id)
        backoff.reset()
      } catch (error) {
        // The cid makes the repetition harmless.
        if (error.isPassing) await backoff.wait()
        else if (error.status === 401) return // the page is about to go; it comes back with what is unsent
        else {
          this.#answered(cid)
          this.#list.failed(cid)
          this.#composer.complain(error.code)
        }
      }
    }
    this.#isDelivering = false
  }

  /** Somebody looks at the page again, while a question may be held. What the answer says will come by that one too. */
  #tellRead() {
    if (!document.hidden && this.lastId > this.#told) ask(`/home/messages/?${this.question}`).catch(() => {})
  }

  #answered(cid) {
    this.#outbox.delete(cid)
    this.#unsent.remove(cid)
  }

  #offerEarlier(button) {
    this.#list.onTrim = () => (button.hidden = false)
    button.addEventListener('click', async () => {
      const before = this.#list.oldest ?? this.lastId + 1
      const answer = await ask(`/home/messages/?before=${before}`).catch(() => null)
      if (!answer) return this.#composer.complain('reconnecting')
      this.#list.addEarlier(answer.messages)
      if (document.activeElement === button && !answer.more) this.#page.querySelector('[role=log]').focus()
      button.hidden = !answer.more
    })
  }
}
