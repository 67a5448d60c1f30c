// SPDX-License-Identifier: Apache-2.0

import { live } from './live.js'

/** The charts: the server draws, and the page puts the new picture in the place of the old one. */

const page = document.querySelector('[data-part=live]')
const parser = new DOMParser()

function replace(part, text) {
  const picture = parser.parseFromString(text, 'image/svg+xml').documentElement
  if (picture.localName !== 'svg') return // a parser's error is a document too
  page.querySelector(`[data-part=${part}]`).replaceChildren(document.importNode(picture, true))
}

// The page's own language: another tab may have chosen another one.
const socket = live(page, `/ws/charts/?lang=${document.documentElement.lang}`)
socket.on('charts', ({ bars, pie }) => {
  replace('bars', bars)
  replace('pie', pie)
})
socket.open()
