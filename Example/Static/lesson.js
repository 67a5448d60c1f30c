// SPDX-License-Identifier: Apache-2.0

/** A lesson's page: the browser's own WebSocket with nothing around it. What the server sends is a line of text. */

/** Lines that the page keeps. */
const lineLimit = 500

const page = document.querySelector('[data-part=lesson]')
const words = page.querySelector('[data-words]').dataset
const status = page.querySelector('[data-connection]')
const log = page.querySelector('[role=log]')
const form = page.querySelector('form')
const box = form.querySelector('input')
const send = form.querySelector('button')
const disconnect = page.querySelector('[data-part=disconnect]')
const reconnect = page.querySelector('[data-part=reconnect]')

let socket

function connect() {
  const url = new URL(page.dataset.socket, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  socket = new WebSocket(url)
  enter('connecting')
  socket.onopen = () => {
    add('notice', words.connected)
    enter('open')
  }
  socket.onmessage = ({ data }) => add('message', data)
  socket.onclose = () => {
    add('notice', words.disconnected)
    enter('closed')
  }
}

function enter(state) {
  status.dataset.connection = state
  status.textContent = words[state]
  send.disabled = state !== 'open'
  const [shown, gone] = state === 'closed' ? [reconnect, disconnect] : [disconnect, reconnect]
  const hadFocus = document.activeElement === gone
  gone.hidden = true
  shown.hidden = false
  if (hadFocus) shown.focus()
}

function add(kind, text) {
  const line = document.createElement(kind === 'notice' ? 'p' : 'div')
  line.dataset.kind = kind
  if (kind === 'notice') {
    line.textContent = text
  } else {
    const part = document.createElement('p')
    part.dataset.part = 'text'
    part.dir = 'auto'
    part.textContent = text
    line.append(part)
  }
  log.append(line)
  while (log.childElementCount > lineLimit) log.firstElementChild.remove()
  log.scrollTop = log.scrollHeight
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  if (box.value === '' || socket.readyState !== WebSocket.OPEN) return
  socket.send(box.value)
  box.value = ''
})
disconnect.addEventListener('click', () => socket.close())
reconnect.addEventListener('click', connect)
// A socket keeps the page out of the back/forward cache.
addEventListener('pagehide', () => socket.close())
addEventListener('pageshow', ({ persisted }) => persisted && connect())

connect()
box.focus()
