// SPDX-License-Identifier: Apache-2.0

/** Why a request failed: the server's status and code, or status 0 when there was no answer. */
export class RequestError extends Error {
  constructor(status, code) {
    super(`${status} ${code}`)
    this.name = 'RequestError'
    this.status = status
    this.code = code
  }

  /** Whether the same request may succeed later. What the server understood and refused stays refused. */
  get isPassing() {
    return this.status === 0 || this.status === 408 || this.status >= 500
  }
}

/**
 * Asks this site for JSON. Who is not signed in any more is sent to the sign-in page.
 * @param {string} path
 * @param {object} [options]
 * @param {string} [options.method]
 * @param {object} [options.body] Sent as JSON.
 * @param {number} [options.patience] How long an answer may take; ms.
 * @param {AbortSignal} [options.signal] Gives the question up: it fails with the code `AbortError`.
 * @throws {RequestError}
 */
export async function ask(path, { method = 'GET', body, patience = 10_000, signal } = {}) {
  const headers = { Accept: 'application/json' }
  if (method !== 'GET') headers['X-CSRF-Token'] = document.querySelector('meta[name=csrf-token]').content
  if (body) headers['Content-Type'] = 'application/json'
  const limits = [AbortSignal.timeout(patience), signal].filter(Boolean)
  let answer, value
  try {
    answer = await fetch(path, {
      method, headers, body: body && JSON.stringify(body), cache: 'no-store', signal: AbortSignal.any(limits),
    })
    value = await answer.json()
  } catch (error) {
    throw new RequestError(answer?.ok ? 0 : (answer?.status ?? 0), error.name)
  }
  if (answer.status === 401) location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`)
  if (!answer.ok) throw new RequestError(answer.status, value.error)
  return value
}
