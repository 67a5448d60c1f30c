// SPDX-License-Identifier: Apache-2.0

/**
 * What a WebSocket does for `Sluice`, without one: messages come by server-sent events, or by long polling where a proxy
 * holds those back, and go by POST, one after the other. The server's side is `SocketTransport`.
 *
 * It has of a WebSocket what `Sluice` uses: `send`, `close`, `onmessage` and `onclose`.
 */

const abnormal = 1006

/** Milliseconds after which an event stream that says nothing counts as held back. */
const silence = 5_000

/** Milliseconds between acknowledgements of what an event stream has brought. */
const acknowledgement = 2_000

/** Milliseconds until a request that failed is repeated, and how often. */
const pause = 500
const attempts = 5

export class FallbackSocket {
  onmessage = () => {}
  onclose = () => {}

  #url
  #polls
  #abort = new AbortController()
  #session = null
  #stream = null
  #received = 0 // the number of the last message
  #acknowledged = 0
  #sent = 0
  #sending = Promise.resolve()
  #timer = 0
  #watch = 0

  /**
   * @param {URL} url Where the socket is mounted, with the socket's own path and query.
   * @param {string} protocol The subprotocol to ask for.
   * @param {object} [options]
   * @param {boolean} [options.polls] Polls from the beginning, as it was found before that streams are held back.
   */
  constructor(url, protocol, { polls = false } = {}) {
    this.#url = url
    this.#polls = polls
    this.#open(protocol)
  }

  /** Whether event streams did not come through. */
  get polls() {
    return this.#polls
  }

  send(text) {
    this.#sent += 1
    const number = this.#sent
    // In order, and again when an answer is lost: the server passes over what it has had.
    this.#sending = this.#sending.then(() => this.#request('POST', { _seq: number }, text)).catch(() => this.#end(abnormal))
  }

  close(code = 1000) {
    if (this.#abort.signal.aborted) return
    this.#leave()
    if (this.#session) this.#fetch('DELETE', { _code: code }, null, { keepalive: true, signal: undefined }).catch(() => {})
  }

  async #open(protocol) {
    try {
      const answer = await this.#fetch('POST', { _protocol: protocol })
      if (answer.status !== 201) return this.#end(answer.status === 401 ? 4401 : abnormal)
      this.#session = (await answer.json()).session
      if (this.#polls || typeof EventSource === 'undefined') await this.#poll()
      else this.#listen()
    } catch {
      this.#end(abnormal)
    }
  }

  #address(fields) {
    const url = new URL(this.#url)
    if (this.#session) url.searchParams.set('_session', this.#session)
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value)
    return url
  }

  #fetch(method, fields, body = null, options = {}) {
    const headers = {}
    const token = document.querySelector('meta[name="csrf-token"]')?.content
    if (token && method !== 'GET') headers['X-CSRF-Token'] = token
    if (body !== null) headers['Content-Type'] = 'text/plain;charset=utf-8'
    return fetch(this.#address(fields), {
      method, headers, body, cache: 'no-store', signal: this.#abort.signal, ...options,
    })
  }

  /** Repeats what a broken network or a busy server has not taken. */
  async #request(method, fields, body = null) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#fetch(method, fields, body).catch(() => null)
      if (answer?.ok) return answer
      const mayRepeat = (!answer || answer.status === 503) && attempt < attempts && !this.#abort.signal.aborted
      if (!mayRepeat) throw new Error(`${method} ${answer?.status ?? 'failed'}`)
      await new Promise((resolve) => setTimeout(resolve, pause * attempt))
    }
  }

  #listen() {
    const stream = new EventSource(this.#address({ _transport: 'sse', _ack: this.#received }))
    this.#stream = stream
    // A proxy that holds the stream back shows nothing at all, though the application says something at once.
    this.#watch = setTimeout(() => this.#switchToPolls(), silence)
    stream.onmessage = (event) => {
      clearTimeout(this.#watch)
      this.#take(Number(event.lastEventId), event.data)
    }
    stream.addEventListener('close', (event) => this.#end(JSON.parse(event.data).code))
    // It comes back by itself, but for an answer that is no stream: then the session is over, or streams are refused.
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) this.#switchToPolls()
    }
    this.#timer = setInterval(() => this.#acknowledge(), acknowledgement)
  }

  #acknowledge() {
    if (this.#acknowledged === this.#received) return
    this.#acknowledged = this.#received
    this.#fetch('POST', { _ack: this.#received }).catch(() => {})
  }

  #switchToPolls() {
    // Once: two loops would have the server end each other's polls.
    if (this.#abort.signal.aborted || this.#polls) return
    this.#quiet()
    this.#polls = true
    this.#poll().catch(() => this.#end(abnormal))
  }

  async #poll() {
    while (!this.#abort.signal.aborted) {
      const { messages, close } = await (await this.#request('GET', { _ack: this.#received })).json()
      for (const { id, text } of messages) this.#take(id, text)
      if (close) return this.#end(close.code)
    }
  }

  /** Each message once, whichever way it came. */
  #take(number, text) {
    if (number <= this.#received || this.#abort.signal.aborted) return
    this.#received = number
    try {
      this.onmessage({ data: text })
    } catch (error) {
      // As with a WebSocket, it is the page's matter and not the connection's.
      reportError(error)
    }
  }

  #quiet() {
    clearInterval(this.#timer)
    clearTimeout(this.#watch)
    this.#stream?.close()
    this.#stream = null
  }

  #leave() {
    this.#quiet()
    this.#abort.abort()
  }

  #end(code) {
    if (this.#abort.signal.aborted) return
    this.#leave()
    this.onclose({ code })
  }
}
