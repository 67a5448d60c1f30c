// SPDX-License-Identifier: Apache-2.0

/** Outlines and ways as SVG paths: the same ones that the server draws into the page (FigurePath.swift). */

const outlines = {
  Rectangle: (w, h) => `M0 0H${w}V${h}H0Z`,
  RoundedRectangle(w, h) {
    const r = Math.min(10, w / 2, h / 2)
    const corner = (x, y) => `A${r} ${r} 0 0 1 ${x} ${y}`
    return `M${r} 0H${w - r}${corner(w, r)}V${h - r}${corner(w - r, h)}H${r}${corner(0, h - r)}V${r}${corner(r, 0)}Z`
  },
  Ellipse(w, h) {
    const half = (x) => `A${w / 2} ${h / 2} 0 0 1 ${x} ${h / 2}`
    return `M0 ${h / 2}${half(w)}${half(0)}Z`
  },
  Diamond: (w, h) => `M${w / 2} 0L${w} ${h / 2} ${w / 2} ${h} 0 ${h / 2}Z`,
  Club(w, h) {
    const leaf = (x, y, height = 0.27) => `A${w * 0.215} ${h * height} 0 1 1 ${w * x} ${h * y}`
    const stem = (x, y, endX, endY) => `Q${w * x} ${h * y} ${w * endX} ${h * endY}`
    return `M${w * 0.45} ${h * 0.62}${leaf(0.36, 0.36)}${leaf(0.64, 0.36, 0.2)}${leaf(0.55, 0.62)}${stem(0.56, 0.85, 0.66, 1)}`
      + `H${w * 0.34}${stem(0.44, 0.85, 0.45, 0.62)}Z`
  },
}

/** The outline of a figure in a box. */
export function figure(name, width, height) {
  return (outlines[name] ?? outlines.RoundedRectangle)(width, height)
}

/** The way of a link, with its corners rounded. */
export function way(points) {
  const near = (corner, other) => corner.map((value, axis) => {
    return value + Math.max(-6, Math.min(6, Math.trunc((other[axis] - value) / 2)))
  })
  const corners = points.slice(1, -1).map((corner, index) => {
    return `L${near(corner, points[index]).join(' ')}Q${corner.join(' ')} ${near(corner, points[index + 2]).join(' ')}`
  })
  return `M${points[0].join(' ')}${corners.join('')}L${points.at(-1).join(' ')}`
}

/** An open arrow head at the end of a link. */
export function head(points) {
  const [x, y] = points.at(-1)
  return `M${x - 7} ${y - 5}L${x} ${y}L${x - 7} ${y + 5}`
}

/** Whether a link leads back, against the direction of all others. */
export function isBack(points) {
  return points.at(-1)[0] <= points[0][0]
}

/** Where the text stands: above the last piece of the way; of a link back, above its first piece. */
export function label(points) {
  const [[start, y], [end]] = isBack(points) ? points : points.slice(-2)
  return { x: Math.trunc((start + end) / 2), y: y - 5 }
}
