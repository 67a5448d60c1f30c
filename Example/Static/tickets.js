// SPDX-License-Identifier: Apache-2.0

import { live } from './live.js'
import { stamp } from './times.js'

/** The lists of tickets: keeps their states up to date, and takes in tickets that are new. */

const page = document.querySelector('[data-part=live]')
const part = (name) => page.querySelector(`[data-part=${name}]`)
const [waiting, tickets] = [part('waiting'), part('tickets')]

function make(line) {
  const item = part('blank').content.firstElementChild.cloneNode(true)
  fill(item, line)
  item.classList.add('new')
  return item
}

function fill(item, { id, title, kind, state, state_text, applicant, at }) {
  const label = item.querySelector('.state')
  item.dataset.ticket = id
  item.dataset.ticketState = label.dataset.ticketState = state
  item.querySelector('a').href = `/tickets/${id}/`
  item.querySelector('[data-part=title]').textContent = title
  item.querySelector('[data-part=kind]').textContent = kind
  item.querySelector('[data-part=applicant]').textContent = applicant
  label.textContent = state_text
  stamp(item, at)
}

const find = (list, id) => list.querySelector(`[data-ticket="${id}"]`)

/** Brings a list in line without making again what is there: the focus stays where it is. */
function bring(list, lines) {
  const items = lines.map((line) => {
    const item = find(list, line.id)
    if (!item) return make(line)
    fill(item, line)
    return item
  })
  for (const item of [...list.children]) if (!items.includes(item)) item.remove()
  items.forEach((item, index) => list.children[index] === item || list.insertBefore(item, list.children[index]))
  count()
}

function count() {
  part('nothing').hidden = waiting.childElementCount > 0
  part('none').hidden = tickets.childElementCount > 0
}

const socket = live(page, `/ws/tickets/?lang=${document.documentElement.lang}`)
socket.on('tickets', (frame) => {
  bring(waiting, frame.waiting)
  bring(tickets, frame.tickets)
})
socket.on('listed', ({ line, is_waiting }) => {
  const known = find(tickets, line.id)
  if (known) fill(known, line)
  else tickets.prepend(make(line))
  const mine = find(waiting, line.id)
  if (mine && !is_waiting) mine.remove()
  else if (mine) fill(mine, line)
  else if (is_waiting) waiting.append(make(line))
  count()
})
for (const item of page.querySelectorAll('[data-ticket]')) stamp(item, item.querySelector('time').dateTime)
socket.open()
