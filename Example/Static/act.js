// SPDX-License-Identifier: Apache-2.0

import { ask } from './request.js'

/**
 * Sends the forms of a page as requests: what changes comes back by the page's socket, for all who look at it.
 * @param {HTMLElement} page Holds forms `[data-act]`, and one element with role `alert`.
 * @param {DOMStringMap} words Texts by the server's error codes, and `failed`.
 * @param {(body: object) => (string|undefined)} check The code of what need not be sent, since it would be refused.
 */
export function act(page, words, check = () => {}) {
  const alert = page.querySelector('[role=alert]')
  const complain = (code) => (alert.textContent = words[code] ?? words.failed)
  let isBusy = false
  for (const form of page.querySelectorAll('form[data-act]')) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      if (isBusy) return
      alert.textContent = ''
      const body = Object.fromEntries(new FormData(form, event.submitter))
      delete body.csrf_token
      const problem = check(body)
      if (problem) return complain(problem)
      isBusy = true
      try {
        await ask(form.getAttribute('action'), { method: 'POST', body })
        for (const box of form.querySelectorAll('textarea')) box.value = ''
      } catch ({ code }) {
        complain(code)
      }
      isBusy = false
    })
  }
}

/** Hides or shows a part; the focus in a part that goes moves to another element. */
export function show(part, isShown, refuge) {
  const hadFocus = !isShown && part.contains(document.activeElement)
  part.hidden = !isShown
  if (hadFocus) refuge.focus()
}
