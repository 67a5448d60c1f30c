// SPDX-License-Identifier: Apache-2.0

import { Backoff } from './backoff.js'
import { MessageList } from './chat.js'
import { Composer } from './composer.js'
import { ask } from './request.js'
import { uuid } from './sluice/sluice.js'
import { Unread } from './unread.js'

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
  #outbox = new Map() // cid → text, in the order of writing
  #isDelivering = false

  /** @param {HTMLElement} page The element with `data-room`. */
  constructor(page) {
    const part = (name) => page.querySelector(`[data-part=${name}]`)
    this.#page = page
    this.#words = page.querySelector('[data-words]').dataset
    this.#status = page.querySelector('[data-connection]')
    this.#list = new MessageList(page.querySelector('[role=log]'), part('blank'), page.dataset.self, this.#words)
    this.#composer = new Composer(part('composer'), part('error'), this.#words)
    this.lastId = Number(page.dataset.lastId)
    this.#composer.onSend = (text) => {
      const cid = uuid()
      this.#list.pending(cid, text)
      this.#post(cid, text)
    }
    this.#list.onRetry = (cid, text) => {
      this.#composer.calm()
      this.#post(cid, text)
    }
    this.#offerEarlier(part('earlier'))
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

  /** Shows what is new. It comes in order, so its last id is where to go on. */
  receive(messages) {
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

  #post(cid, text) {
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
        this.#outbox.delete(cid)
        this.#list.sent(cid, id)
        backoff.reset()
      } catch (error) {
        // The cid makes the repetition harmless.
        if (error.isPassing) await backoff.wait()
        else {
          this.#outbox.delete(cid)
          this.#list.failed(cid)
          this.#composer.complain(error.code)
        }
      }
    }
    this.#isDelivering = false
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
