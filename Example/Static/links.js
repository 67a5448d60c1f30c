// SPDX-License-Identifier: Apache-2.0

// Printable ASCII only: copied addresses are percent-encoded, and Chinese text often follows without a space.
const address = /https?:\/\/[!#-;=?-~]+/gi
// A sentence's own marks at the end are not the address's.
const marks = ".,:;!?)]}'*_~"

/**
 * Text as DOM nodes in which `http` and `https` addresses are links. The nodes' text is exactly `text`, whatever it
 * holds: no markup is ever parsed.
 * @returns {DocumentFragment}
 */
export function linked(text) {
  const result = document.createDocumentFragment()
  let done = 0
  for (const match of text.matchAll(address)) {
    let length = match[0].length
    while (marks.includes(match[0][length - 1])) length -= 1
    const href = match[0].slice(0, length)
    if (!URL.canParse(href)) continue
    const link = document.createElement('a')
    link.href = link.textContent = href
    link.rel = 'noopener noreferrer'
    link.target = '_blank'
    result.append(text.slice(done, match.index), link)
    done = match.index + length
  }
  result.append(text.slice(done))
  return result
}
