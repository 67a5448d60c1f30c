// SPDX-License-Identifier: Apache-2.0

import { live } from './live.js'
import { stamp } from './times.js'

/** The list of rooms: keeps the counts up to date, and takes in rooms that are new. */

/** Counts from here on are shown as `999+`; the server counts no further. */
const countLimit = 1000

const page = document.querySelector('[data-part=live]')
const part = (name) => page.querySelector(`[data-part=${name}]`)
const list = part('list')
const items = new Map(Array.from(list.children, (item) => [item.dataset.room, item]))
/** A new room comes to the top; a known one keeps its place, so that nothing moves away under a finger. */
function show({ room, unread, at }) {
  const item = items.get(room) ?? add(room)
  const badge = item.querySelector('.badge')
  const count = badge.firstElementChild
  item.dataset.unread = count.dataset.unread = unread
  count.textContent = unread < countLimit ? unread : `${countLimit - 1}+`
  badge.hidden = unread === 0
  stamp(item, at)
}

function add(room) {
  const item = part('blank').content.firstElementChild.cloneNode(true)
  item.dataset.room = room
  item.querySelector('a').href = `/room/${encodeURIComponent(room)}/`
  item.querySelector('bdi').textContent = room
  items.set(room, item)
  list.prepend(item)
  part('none').hidden = true
  return item
}

for (const item of items.values()) stamp(item, item.querySelector('time').dateTime)

const socket = live(page, location.pathname)
socket.on('welcome', ({ rooms }) => rooms.toReversed().forEach(show))
socket.on('room', show)
socket.open()
