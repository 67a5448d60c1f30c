// SPDX-License-Identifier: Apache-2.0

import { figure, head, isBack, label, way } from './figures.js'

/** Colours of the data: names and #hex alone; the browser itself knows which names there are. */
const color = /^(#[0-9a-f]{3,8}|[a-z]{3,20})$/i

/** What is drawn above the others. */
const pressing = ['running', 'failed']

/** A live diagram: the page came with it as SVG, and it is kept up to date by a socket. The server lays it out. */
export class Diagram {
  #svg
  #said
  #words
  #nodes = new Map() // key → { element, members }
  #links = new Map() // from and to → the same
  #rev = 0

  /**
   * @param {HTMLElement} box The element `[data-diagram]`, with the words of all states in its data set.
   * @param {HTMLElement} said The live region that says what has changed.
   */
  constructor(box, said) {
    this.#svg = box.querySelector('svg')
    this.#said = said
    this.#words = box.dataset
    for (const element of this.#svg.querySelectorAll('[data-key]')) {
      this.#nodes.set(element.dataset.key, { element, members: {} })
    }
    for (const element of this.#svg.querySelectorAll('[data-link]')) {
      this.#links.set(linkKey(element.dataset), { element, members: {} })
    }
  }

  /** @param {import('./sluice/sluice.js').Sluice} socket Not open yet. */
  follow(socket) {
    socket.on('diagram', (frame) => this.#replace(frame))
    socket.on('patch', (frame) => {
      if (frame.rev <= this.#rev) return
      if (frame.rev > this.#rev + 1) return socket.send({ type: 'get' })
      this.#apply(frame)
    })
    return this
  }

  #replace(frame) {
    const keys = new Set(frame.nodes.map(({ key }) => key))
    const ids = new Set(frame.links.map(linkKey))
    for (const [parts, left] of [[this.#nodes, keys], [this.#links, ids]]) {
      for (const [key, { element }] of parts) {
        if (left.has(key)) continue
        element.remove()
        parts.delete(key)
      }
    }
    // Members that are not there any more must not live on.
    for (const parts of [this.#nodes, this.#links]) for (const part of parts.values()) part.members = {}
    this.#apply(frame)
  }

  #apply({ rev, width, height, nodes, links }) {
    this.#rev = rev
    this.#svg.dataset.rev = rev
    this.#resize(width, height)
    for (const members of links) this.#drawLink(members)
    const changed = nodes.filter((members) => this.#drawNode(members))
    if (changed.length === 0) return
    const names = changed.map(({ key }) => this.#nodes.get(key).element.getAttribute('aria-label'))
    this.#said.textContent = names.join('; ')
  }

  #resize(width = this.#svg.getAttribute('width'), height = this.#svg.getAttribute('height')) {
    set(this.#svg, { width, height, viewBox: `0 0 ${width} ${height}` })
  }

  /** @returns {boolean} Whether the state is another one, or the node is new. */
  #drawNode(changes) {
    const known = this.#nodes.get(changes.key)
    const part = known ?? { element: blankNode(changes.key), members: {} }
    const { element } = part
    const node = Object.assign(part.members, changes)
    if (!known) {
      this.#nodes.set(node.key, part)
      this.#svg.querySelector('.nodes').append(element)
    }
    const isChanged = element.dataset.state !== node.state
    element.dataset.state = node.state
    element.dataset.figure = node.figure
    set(element, {
      transform: `translate(${node.x} ${node.y})`,
      'aria-label': `${node.text.replaceAll('\n', ' ')}: ${this.#words[node.state]}`,
    })
    const outline = element.querySelector('.figure')
    set(outline, { d: figure(node.figure, node.w, node.h) })
    paint(outline, ['fill', 'stroke'], node.color)
    set(element.querySelector('.mark'), { transform: `translate(${node.w} 0)` })
    set(element.querySelector('use'), { href: `#mark-${node.state}` })
    if (read(element) !== node.text) write(element, node)
    return isChanged
  }

  #drawLink(changes) {
    const key = linkKey(changes)
    const known = this.#links.get(key)
    const part = known ?? { element: blankLink(changes), members: {} }
    const { element } = part
    const link = Object.assign(part.members, changes)
    if (!known) this.#links.set(key, part)
    const group = this.#svg.querySelector('.links')
    if (!known || (pressing.includes(link.state) && element.dataset.state !== link.state)) group.append(element)
    element.dataset.state = link.state
    element.toggleAttribute('data-back', isBack(link.points))
    const [line, tip] = element.querySelectorAll('path')
    set(line, { d: way(link.points) })
    set(tip, { d: head(link.points) })
    for (const path of [line, tip]) paint(path, ['stroke'], link.color)
    const text = element.querySelector('text')
    set(text, label(link.points))
    if (text.textContent !== link.text) text.textContent = link.text
  }
}

function linkKey({ from, to }) {
  return JSON.stringify([from, to])
}

/** Sets what is different, so that a state that stays is no change of the page. */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value)
  }
}

function paint(element, names, value) {
  for (const name of names) {
    if (value && color.test(value)) set(element, { [name]: value })
    else element.removeAttribute(name)
  }
}

function make(name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  set(element, attributes)
  element.append(...children)
  return element
}

function blankNode(key) {
  const mark = make('g', { class: 'mark' }, make('circle', { r: 9 }), make('use', { x: -8, y: -8, width: 16, height: 16 }))
  const node = make('g', { role: 'img', tabindex: 0, class: 'new' }, make('path', { class: 'figure' }), mark)
  node.dataset.key = key
  return node
}

function blankLink({ from, to }) {
  const text = make('text', { 'text-anchor': 'middle' })
  const link = make('g', { class: 'new' }, make('path', { class: 'way' }), make('path', { class: 'head' }), text)
  Object.assign(link.dataset, { link: '', from, to })
  return link
}

/** The lines that a node shows; how the server has set them, it keeps. */
function read(element) {
  return Array.from(element.querySelectorAll('text'), (line) => line.textContent).join('\n')
}

/** Lines one below the other, in the middle of the box. */
function write(element, { text, w, h }) {
  for (const old of element.querySelectorAll('text, .frame')) old.remove()
  const lines = text.split('\n')
  const mark = element.querySelector('.mark')
  for (const [index, line] of lines.entries()) {
    const y = h / 2 + 20 * (index - (lines.length - 1) / 2)
    const written = make('text', { x: w / 2, y, dy: '0.35em', 'text-anchor': 'middle' })
    written.textContent = line
    mark.before(written)
  }
}
