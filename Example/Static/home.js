// SPDX-License-Identifier: Apache-2.0

import { pause } from './backoff.js'
import { Conversation } from './polling.js'
import { ask } from './request.js'

/** Chat by short polling: the page asks every two seconds what is new. */

const interval = 2000

const conversation = new Conversation(document.querySelector('[data-room]'))

/** Returns when somebody looks at the page. */
function visible() {
  if (!document.hidden) return
  return new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }))
}

conversation.keep(async () => {
  await visible()
  const news = await ask(`/home/messages/?${conversation.question}`)
  conversation.opened()
  conversation.receive(news)
  if (!news.more) await pause(interval)
})
