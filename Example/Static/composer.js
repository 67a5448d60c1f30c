// SPDX-License-Identifier: Apache-2.0

/** Longest text in Unicode scalars. */
const longestText = 4000

/** The form in which a message is written. Enter sends, Shift+Enter is a new line. */
export class Composer {
  #box
  #alert
  #words

  /** Called with a text that is neither blank nor too long; the box is then empty. */
  onSend = () => {}
  /** Called with each edit, and the text that is being written. */
  onEdit = () => {}

  /**
   * @param {HTMLFormElement} form Holds one `textarea` and the button, which is disabled until this runs.
   * @param {HTMLElement} alert The element with role `alert` for what went wrong.
   * @param {DOMStringMap} words `too_long`, with `{n}` for the length; and the other error codes.
   */
  constructor(form, alert, words) {
    this.#box = form.querySelector('textarea')
    this.#alert = alert
    this.#words = words
    form.querySelector('button').disabled = false
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#submit()
    })
    this.#box.addEventListener('keydown', (event) => {
      // 229 is what Safari reports for the Enter that ends a composition, when isComposing is false already.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
      event.preventDefault()
      this.#submit()
    })
    this.#box.addEventListener('input', () => {
      this.calm()
      this.onEdit(this.#box.value)
    })
  }

  /** Says in words what a code of the server means. */
  complain(code, n = '') {
    this.#alert.textContent = (this.#words[code] ?? this.#words.failed).replace('{n}', n)
  }

  /** Shows what was being written before. */
  restore(text) {
    this.#box.value = text
  }

  calm() {
    this.#alert.textContent = ''
  }

  focus() {
    this.#box.focus()
  }

  #submit() {
    const text = this.#box.value
    const length = [...text].length
    this.calm()
    if (text.trim() === '') return
    if (length > longestText) return this.complain('too_long', length)
    this.#box.value = ''
    this.onSend(text)
  }
}
