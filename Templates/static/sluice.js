// SPDX-License-Identifier: Apache-2.0

/**
 * A WebSocket that comes back: it reconnects, resumes where it stopped, and delivers each post exactly once.
 *
 *     const socket = new Sluice('/room/123/', { since: () => lastId })
 *     socket.on('message', (message) => show(message))
 *     socket.on('state', (state) => …)               // connecting | open | reconnecting | closed
 *     socket.open()
 *     await socket.post({ type: 'send', text })      // resolves with the ack, rejects with the error
 *     socket.send({ type: 'typing', on: true })      // only if open, else dropped
 *     socket.close()
 *
 * The server speaks JSON text frames with a `type`. Its first one is `welcome`
 * (`{"heartbeat_s": 25, "resumed": true, …}`); posts carry a `cid` and are answered by `ack` or `error` with that
 * `cid`; `ping` is answered by `pong`. Close codes: 1000 stays closed, 4401 goes to the sign-in page, all others reconnect.
 *
 * Where WebSockets do not get through, and the site has mounted a `SocketTransport`, `{ fallback: '/socket' }` lets it use
 * server-sent events and POST instead, and long polling where a proxy holds those back.
 */

import { FallbackSocket } from './fallback.js'

/** Close codes, RFC 6455 §7.4; the 4000s are the application's own. */
const Code = { normal: 1000, sessionEnded: 4401, silent: 4408 }

/** Waits in milliseconds. */
const firstRetry = 500
const longestRetry = 15_000
const longestHandshake = 10_000

/** Seconds between pings where the welcome says nothing. */
const defaultHeartbeat = 25

/** WebSockets that must have failed, none having opened, before another transport is tried. */
const failuresBeforeFallback = 2

/** Posts that may wait for their answer at one time. */
const outboxLimit = 1000

/** A random UUID, version 4 (RFC 9562 §5.4). Unlike `crypto.randomUUID` it is there on plain http too. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Why a post failed: `code` is the server's (`too_long`, `rate_limited`, …) or `outbox_full`. */
export class PostError extends Error {
  constructor(code, message = code) {
    super(message)
    this.name = 'PostError'
    this.code = code
  }
}

export class Sluice {
  /** @type {'connecting'|'open'|'reconnecting'|'closed'} `open` means that the welcome is here, not only the socket. */
  state = 'closed'

  #url
  #since
  #protocol
  #login
  #fallback
  #hasOpened = false // whether a WebSocket ever got through
  #polls = false // whether event streams did not
  #handlers = new Map()
  #outbox = new Map() // cid → { message, promise, resolve, reject }, in the order of posting
  #socket = null // null while waiting for the next attempt
  #listening = null // AbortController of the window's listeners; null when closed for good
  #timer = 0 // next attempt, or the end of the handshake's patience
  #pulse = 0
  #interval = 0 // of the heartbeat, in ms
  #heard = 0
  #pinged = 0
  #failures = 0

  /**
   * Nothing is connected before `open()`.
   * @param {string} url Path or URL; http and https become ws and wss.
   * @param {object} [options]
   * @param {() => (number|string|null)} [options.since] Id of the last thing received, sent as `?since=` with every
   *   handshake; null leaves it out.
   * @param {string} [options.protocol] The subprotocol to ask for.
   * @param {string} [options.login] Where to go when the session has ended.
   * @param {string} [options.fallback] Where sockets are served to clients without them; null: they are not.
   */
  constructor(url, { since = () => null, protocol = 'sluice.json.v1', login = '/login/', fallback = null } = {}) {
    this.#url = url
    this.#since = since
    this.#protocol = protocol
    this.#login = login
    this.#fallback = fallback
  }

  /**
   * Calls `handler` for each frame of that type, for `state` (with the new state), and for `gap` (with the welcome,
   * before `welcome` itself) when the server could not resume and what was missed must be loaded otherwise.
   * @returns {() => void} Takes the handler away again.
   */
  on(type, handler) {
    if (!this.#handlers.has(type)) this.#handlers.set(type, new Set())
    this.#handlers.get(type).add(handler)
    return () => this.#handlers.get(type).delete(handler)
  }

  /** Connects, and stays connected until `close()` or a close by the server with 1000 or 4401. */
  open() {
    if (this.#listening) return
    this.#listening = new AbortController()
    const { signal } = this.#listening
    addEventListener('online', () => this.#online(), { signal })
    addEventListener('offline', () => this.#lost(Code.normal), { signal })
    // A socket keeps the page out of the back/forward cache, so it is given up on leaving.
    addEventListener('pagehide', () => this.#leave(), { signal })
    addEventListener('pageshow', () => this.#visible(), { signal })
    document.addEventListener('visibilitychange', () => this.#visible(), { signal })
    this.#failures = 0
    this.#enter('connecting')
    this.#connect()
  }

  /** Closes with 1000. Unanswered posts are kept and go out after the next `open()`. */
  close() {
    this.#listening?.abort()
    this.#listening = null
    this.#drop(Code.normal)
    this.#enter('closed')
  }

  /** Sends now if open. @returns {boolean} Whether it was sent. */
  send(message) {
    if (this.state !== 'open') return false
    this.#socket.send(JSON.stringify(message))
    return true
  }

  /**
   * Sends now, or after reconnecting, and again after each reconnect until the server has answered. The `cid` makes the
   * repetition harmless; the caller may set it, so as to post the same thing again later.
   * @returns {Promise<object>} The ack. @throws {PostError}
   */
  post(message) {
    const cid = message.cid ?? uuid()
    const waiting = this.#outbox.get(cid)
    if (waiting) return waiting.promise
    if (this.#outbox.size >= outboxLimit) return Promise.reject(new PostError('outbox_full'))
    const entry = { message: { ...message, cid } }
    entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }))
    this.#outbox.set(cid, entry)
    this.send(entry.message)
    return entry.promise
  }

  #connect() {
    this.#drop(Code.normal)
    const url = new URL(this.#url, location.href)
    const since = this.#since()
    if (since !== null) url.searchParams.set('since', since)
    const socket = this.#makeSocket(url)
    this.#socket = socket
    this.#timer = setTimeout(() => this.#lost(Code.silent), longestHandshake)
    // A socket that was given up may still report; only the present one counts.
    socket.onmessage = (event) => socket === this.#socket && this.#received(JSON.parse(event.data))
    socket.onclose = (event) => socket === this.#socket && this.#closed(event.code)
  }

  #makeSocket(url) {
    // Every third attempt is a WebSocket again: the network may be another one by now.
    const isBlocked = !this.#hasOpened && this.#failures >= failuresBeforeFallback && this.#failures % 3 !== 1
    if (this.#fallback && (isBlocked || typeof WebSocket === 'undefined')) {
      url.protocol = url.protocol.replace('ws', 'http')
      url.pathname = this.#fallback + url.pathname
      return new FallbackSocket(url, this.#protocol, { polls: this.#polls })
    }
    url.protocol = url.protocol.replace('http', 'ws')
    return new WebSocket(url, this.#protocol)
  }

  /** Gives the socket up without waiting for its closing handshake, which a dead network never ends. */
  #drop(code) {
    const socket = this.#socket
    if (socket instanceof FallbackSocket) this.#polls = socket.polls
    this.#socket = null
    clearTimeout(this.#timer)
    clearInterval(this.#pulse)
    socket?.close(code)
  }

  #lost(code) {
    this.#drop(code)
    const longest = Math.min(longestRetry, firstRetry * 2 ** this.#failures)
    this.#failures += 1
    this.#timer = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2))
    this.#enter('reconnecting')
  }

  #closed(code) {
    if (code === Code.normal) return this.close()
    if (code === Code.sessionEnded) return this.#signIn()
    if (this.state !== 'open' && this.#failures > 0) this.#checkSession()
    this.#lost(Code.normal)
  }

  #received(frame) {
    this.#heard = Date.now()
    if (frame.type === 'welcome') this.#welcome(frame)
    const entry = this.#outbox.get(frame.cid)
    if (entry && (frame.type === 'ack' || frame.type === 'error')) {
      this.#outbox.delete(frame.cid)
      if (frame.type === 'ack') entry.resolve(frame)
      else entry.reject(new PostError(frame.code, frame.message))
    }
    if (frame.type === 'welcome' && frame.resumed === false) this.#emit('gap', frame)
    this.#emit(frame.type, frame)
  }

  #welcome(frame) {
    clearTimeout(this.#timer)
    if (!(this.#socket instanceof FallbackSocket)) this.#hasOpened = true
    this.#failures = 0
    this.#interval = 1000 * (frame.heartbeat_s ?? defaultHeartbeat)
    this.#pinged = this.#heard
    this.#pulse = setInterval(() => this.#beat(), this.#interval / 4)
    this.#enter('open')
    for (const { message } of this.#outbox.values()) this.send(message)
  }

  /** Browsers neither send nor show the protocol's own pings, so a half-open connection is found by asking. */
  #beat() {
    const now = Date.now()
    if (now - this.#heard > 2.5 * this.#interval) return this.#lost(Code.silent)
    if (now - this.#pinged < this.#interval) return
    this.#pinged = now
    this.send({ type: 'ping' })
  }

  #leave() {
    this.#drop(Code.normal)
    this.#enter('reconnecting')
  }

  #online() {
    if (this.state !== 'open') this.#connect()
  }

  #visible() {
    if (document.hidden) return
    if (this.state === 'open') this.#beat() // timers slept while the page was hidden
    else if (!this.#socket) this.#connect()
  }

  /** A refused handshake shows a script no status; the page itself tells whether it now leads to the sign-in page. */
  async #checkSession() {
    const request = { method: 'HEAD', redirect: 'manual', cache: 'no-store' }
    const answer = await fetch(location.href, request).catch(() => null)
    if (answer?.type === 'opaqueredirect' && this.#listening && this.state !== 'open') this.#signIn()
  }

  #signIn() {
    this.close()
    location.assign(`${this.#login}?next=${encodeURIComponent(location.pathname + location.search)}`)
  }

  #enter(state) {
    if (state === this.state) return
    this.state = state
    this.#emit('state', state)
  }

  #emit(type, value) {
    for (const handler of this.#handlers.get(type) ?? []) handler(value)
  }
}
