// SPDX-License-Identifier: Apache-2.0

import { pause, visible } from './backoff.js'
import { Conversation } from './polling.js'
import { ask } from './request.js'

/** Chat by long polling: the server holds the question until there is an answer, and the page asks again. */

/** Seconds that the server may hold a question: less than proxies wait. */
const timeout = 25

/** How often a page asks at which nobody looks; ms. */
const hiddenInterval = 5000

const conversation = new Conversation(document.querySelector('[data-room]'))
let queue = null

// A page at which nobody looks holds no question: browsers have six connections to a server, for all pages together.
let looking = new AbortController()
document.addEventListener('visibilitychange', () => {
  if (document.hidden) looking.abort()
  else looking = new AbortController()
})

conversation.keep(async () => {
  const isNew = !queue
  queue ??= (await ask('/home/queue/', { method: 'POST' })).queue
  if (isNew) conversation.opened()
  const { hidden } = document
  // After a failure a quick answer shows whether the server is back.
  const seconds = conversation.state === 'open' && !hidden ? timeout : 1
  const began = performance.now()
  try {
    const news = await ask(
      `/home/poll/?queue=${queue}&${conversation.question}&timeout=${seconds}`,
      { patience: (seconds + 5) * 1000, signal: hidden ? undefined : looking.signal },
    )
    conversation.opened()
    conversation.receive(news)
    if (hidden) await Promise.race([pause(hiddenInterval), visible()])
    // Nothing, and too early: the server is about to stop.
    else if (!news.messages.length && performance.now() - began < 500) await pause(1000)
  } catch (error) {
    if (error.code === 'AbortError') return
    if (error.code !== 'queue_gone') throw error
    // It expired while this machine slept, say. Another one goes on from the last id; but one that was new must not
    // make us ask in a circle.
    queue = null
    if (isNew) throw error
  }
})
