// SPDX-License-Identifier: Apache-2.0

import { Sluice } from './sluice/sluice.js'

/**
 * The socket of a page that only watches, with its status line.
 * @param {HTMLElement} page Holds `[data-connection]` and `[data-words]` (texts by state).
 * @param {string} url
 * @param {object} [options] As for {@link Sluice}.
 * @returns {Sluice} To be opened when the handlers are set.
 */
export function live(page, url, options) {
  const status = page.querySelector('[data-connection]')
  const words = page.querySelector('[data-words]').dataset
  const socket = new Sluice(url, options)
  socket.on('state', (state) => {
    status.dataset.connection = state
    status.textContent = words[state]
  })
  return socket
}
