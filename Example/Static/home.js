// SPDX-License-Identifier: Apache-2.0

import { pause, visible } from './backoff.js'
import { Conversation } from './polling.js'
import { ask } from './request.js'

/** Chat by short polling: the page asks every two seconds what is new. */

const interval = 2000

const conversation = new Conversation(document.querySelector('[data-room]'))

conversation.keep(async () => {
  await visible()
  const news = await ask(`/home/messages/?${conversation.question}`)
  conversation.opened()
  conversation.receive(news)
  if (!news.more) await pause(interval)
})
