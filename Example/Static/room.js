// SPDX-License-Identifier: Apache-2.0

import { MessageList } from './chat.js'
import { Composer } from './composer.js'
import { Presence, Typing } from './people.js'
import { Sluice, uuid } from './sluice/sluice.js'
import { Unread } from './unread.js'
import { Unsent } from './unsent.js'

/** The page of one room: connects the parts of the chat with its socket. */

/** To send this text is to ask the server for a close. */
const closingText = '关闭'

/** Messages a history request asks for. */
const historyLimit = 50

const page = document.querySelector('[data-room]')
const words = page.querySelector('[data-words]').dataset
const part = (name) => page.querySelector(`[data-part=${name}]`)

const log = page.querySelector('[role=log]')
const list = new MessageList(log, part('blank'), page.dataset.self, words)
const composer = new Composer(part('composer'), part('error'), words)
const unread = new Unread()
const unsent = new Unsent(page)

let lastId = Number(page.dataset.lastId)
let missingThrough = null // the server could not resume: history up to this id is to be loaded
const socket = new Sluice(location.pathname, { since: () => lastId, fallback: '/socket' })

// Connection

const status = page.querySelector('[data-connection]')
const disconnect = part('disconnect')
const reconnect = part('reconnect')

socket.on('state', (state) => {
  if (status.dataset.connection === 'open') list.notice(words.disconnected)
  if (state === 'open') list.notice(words.connected)
  status.dataset.connection = state
  status.textContent = words[state]
  const shown = state === 'closed' ? reconnect : disconnect
  const gone = state === 'closed' ? disconnect : reconnect
  const hadFocus = document.activeElement === gone
  gone.hidden = true
  shown.hidden = false
  if (hadFocus) shown.focus()
})
disconnect.addEventListener('click', () => socket.close())
reconnect.addEventListener('click', () => socket.open())

// Typing

const typing = new Typing(part('typing'), words, (frame) => socket.send(frame))
composer.onEdit = (text) => {
  unsent.write(text)
  typing.tell(text !== '')
}
socket.on('typing', ({ user, on }) => typing.show(user, on))
socket.on('message', ({ user }) => typing.show(user, false))
socket.on('state', () => typing.clear())

// Messages

function deliver(cid, text) {
  unsent.add(cid, text)
  const answered = socket.post({ type: 'send', cid, text }).then(
    ({ id }) => list.sent(cid, id),
    ({ code }) => {
      list.failed(cid)
      composer.complain(code)
    },
  )
  answered.then(() => unsent.remove(cid))
}

function say(cid, text) {
  list.pending(cid, text)
  deliver(cid, text)
}

composer.onSend = (text) => {
  typing.done()
  unsent.write('')
  if (text === closingText) {
    // Not a post: it must not be said again after reconnecting.
    if (!socket.send({ type: 'send', cid: uuid(), text })) socket.close()
    return
  }
  say(uuid(), text)
}
list.onRetry = (cid, text) => {
  composer.calm()
  deliver(cid, text)
}

socket.on('message', (message) => {
  // Only what came in order moves the mark: an ack may overtake others' messages.
  lastId = Math.max(lastId, message.id)
  if (list.add(message) && message.user !== page.dataset.self) unread.add()
})
socket.on('error', ({ cid, code }) => cid ?? composer.complain(code))

// History

const earlier = part('earlier')

function requestHistory(before) {
  return socket.send({ type: 'history', before, limit: historyLimit })
}

socket.on('gap', ({ last_id }) => {
  missingThrough = last_id
  // Ids that go back are of another database.
  if (last_id < lastId) list.forget(Infinity)
  lastId = last_id
})
// With each welcome: the connection may have gone before the history came.
socket.on('welcome', () => missingThrough !== null && requestHistory(missingThrough + 1))
socket.on('history', ({ messages, more }) => {
  if (missingThrough !== null) list.forget(missingThrough)
  missingThrough = null
  list.addEarlier(messages)
  if (document.activeElement === earlier && !more) log.focus()
  earlier.hidden = !more
})
earlier.addEventListener('click', () => missingThrough ?? requestHistory(list.oldest ?? lastId + 1))
list.onTrim = () => (earlier.hidden = false)

// Presence

const presence = new Presence(part('online'))
socket.on('welcome', ({ users }) => presence.show(users))
socket.on('presence', ({ users }) => presence.show(users))

// Unread counts of the rooms list

let told = 0

function tellRead() {
  if (!document.hidden && lastId > told && socket.send({ type: 'read', id: lastId })) told = lastId
}

socket.on('state', tellRead)
socket.on('message', tellRead)
document.addEventListener('visibilitychange', tellRead)

composer.restore(unsent.draft)
for (const [cid, text] of unsent.messages) say(cid, text)
socket.open()
composer.focus()
