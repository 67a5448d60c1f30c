// SPDX-License-Identifier: Apache-2.0

const times = new Intl.DateTimeFormat(document.documentElement.lang, {
  month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
})

/** Shows a time in the reader's zone, in the element `time` inside. */
export function stamp(item, at) {
  const time = item.querySelector('time')
  time.dateTime = at
  time.textContent = times.format(new Date(at))
}
