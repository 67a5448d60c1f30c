// SPDX-License-Identifier: Apache-2.0

import { act, show } from './act.js'
import { Diagram } from './diagram.js'
import { live } from './live.js'
import { stamp } from './times.js'

/** A ticket's page: follows the ticket, and offers what its user may do now. */

/** Longest comment in Unicode scalars. */
const longestText = 4000

const page = document.querySelector('[data-part=live]')
const part = (name) => page.querySelector(`[data-part=${name}]`)
const words = page.querySelector('[data-ticket-words]').dataset
const steps = page.querySelector('[data-steps]').dataset
const state = page.querySelector('[data-ticket-state]')
const version = page.querySelector('[data-ticket-version]')
const history = part('history')
const { id } = part('ticket').dataset

// Behind the history that the page came with.
let since = Number(version.dataset.ticketVersion)
const socket = live(page, `/ws/tickets/${id}/?lang=${document.documentElement.lang}`, { since: () => since })
new Diagram(page.querySelector('[data-diagram]'), part('changes')).follow(socket)
act(page, words, ({ decision, comment }) => {
  if (comment === undefined || decision === 'approve') return
  if (comment.trim() === '') return decision ? 'reason_needed' : 'bad_input'
  if ([...comment].length > longestText) return 'too_long'
})

socket.on('ticket', (ticket) => {
  since = ticket.version
  state.dataset.ticketState = ticket.state
  state.textContent = words[ticket.state]
  version.dataset.ticketVersion = version.textContent = ticket.version
  tellWhoIsAwaited(ticket.waiting_for)
  for (const entry of ticket.history) add(entry)
  offerDecision(ticket)
  show(part('withdraw'), ticket.can_withdraw, state)
  show(part('resubmit'), ticket.can_resubmit, state)
  if (['approved', 'deploying'].includes(ticket.state)) part('deployment').hidden = false
})

function tellWhoIsAwaited(users) {
  part('names').textContent = users.join(', ')
  part('waiting').hidden = users.length === 0
}

function offerDecision({ version, decidable, delegates }) {
  const box = part('decide')
  for (const field of box.querySelectorAll('[name=version]')) field.value = version
  const node = box.querySelector('select[name=node]')
  choose(node, decidable.map((key) => [key, steps[key]]))
  choose(box.querySelector('[name=to]'), delegates.map((name) => [name, name]))
  part('step').hidden = decidable.length < 2
  show(box, decidable.length > 0, state)
}

/** Offers options; the chosen one stays chosen, if it is still there. */
function choose(select, options) {
  const chosen = select.value
  if (Array.from(select.options, ({ value }) => value).join() === options.map(([value]) => value).join()) return
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)))
  if (options.some(([value]) => value === chosen)) select.value = chosen
}

function add({ id, action, user, what, text, at }) {
  if (history.querySelector(`[data-id="${id}"]`)) return
  const entry = part('blank').content.firstElementChild.cloneNode(true)
  entry.dataset.id = id
  entry.dataset.action = action
  entry.classList.add('new')
  entry.querySelector('[data-part=user]').textContent = user
  entry.querySelector('[data-part=what]').textContent = what
  entry.querySelector('[data-part=text]').textContent = text
  stamp(entry, at)
  history.append(entry)
}

// The say in a step is handed on with the step that is chosen.
page.querySelector('form[action$="/delegate/"]').addEventListener('formdata', ({ formData }) => {
  formData.set('node', page.querySelector('select[name=node]').value)
})
for (const one of page.querySelectorAll('[data-part=live] time')) stamp(one.parentElement, one.dateTime)
if (part('names').textContent === '') part('waiting').hidden = true
socket.open()
