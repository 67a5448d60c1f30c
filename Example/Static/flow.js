// SPDX-License-Identifier: Apache-2.0

import { Diagram } from './diagram.js'
import { live } from './live.js'
import { ask } from './request.js'

/** A diagram that all viewers change together. */

const page = document.querySelector('[data-part=live]')
const form = page.querySelector('form')
const failure = page.querySelector('[role=alert]')
const socket = live(page, `/ws${location.pathname}?lang=${document.documentElement.lang}`)
new Diagram(page.querySelector('[data-diagram]'), page.querySelector('[data-part=changes]')).follow(socket)

// The answer says nothing: the socket tells everybody.
form?.addEventListener('submit', async (event) => {
  event.preventDefault()
  failure.textContent = ''
  const body = { action: event.submitter.value }
  await ask(location.pathname, { method: 'POST', body }).catch(() => (failure.textContent = form.dataset.failed))
})

socket.open()
