// SPDX-License-Identifier: Apache-2.0

import { act, show } from './act.js'
import { Diagram } from './diagram.js'
import { live } from './live.js'

/** A deployment's page: follows its steps; operations may start it, and go on after a failure. */

const page = document.querySelector('[data-part=live]')
const part = (name) => page.querySelector(`[data-part=${name}]`)
const words = page.querySelector('[data-deploy-words]').dataset
const state = page.querySelector('[data-deploy-state]')
const socket = live(page, `/ws${location.pathname}?lang=${document.documentElement.lang}`)
new Diagram(page.querySelector('[data-diagram]'), part('changes')).follow(socket)
act(page, page.querySelector('[data-ticket-words]').dataset)

socket.on('deploy', (deployment) => {
  state.dataset.deployState = deployment.state
  state.textContent = words[deployment.state]
  // Only operations have the buttons.
  for (const [name, when] of [['start', 'ready'], ['retry', 'failed']]) {
    if (part(name)) show(part(name), deployment.state === when, state)
  }
})
socket.open()
