// SPDX-License-Identifier: Apache-2.0

import JSONTree

/// What every page must hold for people who do not see it, or see it on a small screen: found by looking at the page
/// itself, as it is shown.
extension ChatUser {
    /// What is wrong with the page that is open; empty for a page that is well.
    ///
    /// - Parameter isDark: which colours the reader has asked for.
    func problems(isDark: Bool) async throws -> [String] {
        let found = try await browser.script(
            Self.audit, [.string(words.tag), .string(words.main), .bool(isDark)])
        return found.array?.compactMap(\.string) ?? ["the audit failed: \(found)"]
    }

    /// Rules of WCAG 2.2 AA that a script can check, and the site's own.
    private static let audit = """
        const [language, navigation, isDark] = arguments
        const problems = []
        const all = (selector, root = document) => [...root.querySelectorAll(selector)]
        const name = (element) => `${element.localName} “${(element.outerHTML ?? '').slice(0, 90)}”`
        const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
        const expect = (isTrue, problem) => isTrue || problems.push(problem)

        // One heading, a title, landmarks, a language.
        expect(document.documentElement.lang === language, `language ${document.documentElement.lang}`)
        expect(document.title.trim() !== '', 'no title')
        expect(all('h1').length === 1, `${all('h1').length} h1`)
        expect(all('main').length === 1, 'no main')
        expect(all('nav').some((nav) => nav.ariaLabel === navigation), 'no navigation')

        // Nothing inline, nothing of another origin.
        for (const one of all('[style], style, script:not([src])')) problems.push(`inline: ${name(one)}`)
        for (const one of all('*')) {
          for (const { name: attribute } of one.attributes) {
            if (attribute.startsWith('on')) problems.push(`handler: ${name(one)}`)
          }
        }
        for (const { name: address } of performance.getEntriesByType('resource')) {
          expect(new URL(address).origin === location.origin || address.startsWith('data:'), `foreign ${address}`)
        }

        // Names, references, live regions.
        for (const field of all('input:not([type=hidden]), textarea, select')) {
          expect(field.labels.length || field.ariaLabel, `no label: ${name(field)}`)
        }
        for (const control of all('button, a[href]').filter(isShown)) {
          expect(control.textContent.trim() || control.ariaLabel, `no name: ${name(control)}`)
          // Of a link that spreads over its item, the item is the target.
          const spreads = getComputedStyle(control, '::after').position === 'absolute'
          const { width, height } = (spreads ? control.closest('li') : control).getBoundingClientRect()
          const isInText = control.closest('p, [data-part=text]')
          if (!control.matches('.skip')) expect(isInText || (width >= 24 && height >= 24), `small target: ${name(control)} ${width}×${height}`)
        }
        for (const picture of all('img:not([alt]), [role=img]:not([aria-label]), svg:not([aria-hidden], [role=img], [role=presentation])')) {
          problems.push(`no text: ${name(picture)}`)
        }
        for (const one of all('[aria-labelledby], [aria-describedby]')) {
          for (const id of `${one.getAttribute('aria-labelledby') ?? ''} ${one.getAttribute('aria-describedby') ?? ''}`.split(' ')) {
            if (id) expect(document.getElementById(id), `no element ${id}: ${name(one)}`)
          }
        }
        const ids = all('[id]').map((one) => one.id)
        expect(new Set(ids).size === ids.length, `an id twice: ${ids}`)
        for (const one of all('[data-connection]')) expect(one.role === 'status' && one.textContent, 'a silent state')
        for (const box of all('*').filter((one) => isShown(one) && one.scrollHeight > one.clientHeight + 1
            && ['auto', 'scroll'].includes(getComputedStyle(one).overflowY))) {
          expect(box.tabIndex >= 0 || all('a[href], button', box).length, `not to be scrolled by keys: ${name(box)}`)
        }

        // No sideways scrolling, and nothing cut off.
        const root = document.documentElement
        scrollTo(1000, 0)
        expect(scrollX === 0 && root.scrollWidth <= root.clientWidth, `sideways: ${root.scrollWidth}`)

        // Contrast of each text with what is painted behind it.
        const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
        const paint = (...colours) => {
          canvas.clearRect(0, 0, 1, 1)
          for (const colour of colours) {
            canvas.fillStyle = colour
            canvas.fillRect(0, 0, 1, 1)
          }
          return [...canvas.getImageData(0, 0, 1, 1).data]
        }
        const luminance = (pixel) => {
          const [red, green, blue] = pixel.slice(0, 3).map((value) => {
            const part = value / 255
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
          })
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue
        }
        const grounds = (element) => {
          const colours = []
          for (let one = element; one; one = one.parentElement) {
            const style = getComputedStyle(one)
            const colour = one instanceof SVGElement && one !== element ? 'transparent' : style.backgroundColor
            colours.unshift(colour)
            if (paint(colour)[3] === 255) break
          }
          return colours
        }
        expect(luminance(paint(...grounds(document.body))) < 0.2 === isDark, 'colours of another scheme')
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        const seen = new Set()
        while (texts.nextNode()) {
          const element = texts.currentNode.parentElement
          if (seen.has(element) || !texts.currentNode.data.trim() || !isShown(element)) continue
          seen.add(element)
          if (element.closest('noscript, title, :disabled, .skip, .rank, text[fill]')) continue
          const style = getComputedStyle(element)
          const behind = grounds(element)
          const own = element instanceof SVGElement ? style.fill : style.color
          const [low, high] = [luminance(paint(...behind)), luminance(paint(...behind, own))].sort((a, b) => a - b)
          const contrast = (high + 0.05) / (low + 0.05)
          expect(contrast >= 4.5, `contrast ${contrast.toFixed(2)}: ${name(element)}`)
        }
        return problems
        """
}
