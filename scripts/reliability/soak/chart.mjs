// A line chart as SVG, readable on light and dark pages.
const [width, height] = [880, 340]
const plot = { left: 60, right: 20, top: 44, bottom: 42 }
const colours = ['#2f7ed8', '#d9822b', '#3a9d5d']

/**
 * @param title above the chart
 * @param unit of the upright axis
 * @param series [{ name, points: [[minute, value], …], dashed }], those of one `name` in one colour
 */
export function chart(title, unit, series) {
  const names = [...new Set(series.map(({ name }) => name))]
  const last = Math.max(...series.flatMap(({ points }) => points.map(([minute]) => minute)))
  const most = Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value)))
  const step = niceStep(most / 4)
  const top = Math.ceil(most / step) * step
  const x = (minute) => (plot.left + (minute / last) * (width - plot.left - plot.right)).toFixed(1)
  const y = (value) => (height - plot.bottom - (value / top) * (height - plot.top - plot.bottom)).toFixed(1)
  const rows = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step)
  const minuteStep = niceStep(last / 6)
  const columns = Array.from({ length: Math.floor(last / minuteStep) + 1 }, (_, i) => i * minuteStep)
  const lines = series.map(({ name, points, dashed }) => {
    const at = points.map(([minute, value]) => `${x(minute)},${y(value)}`).join(' ')
    return `<polyline points="${at}" stroke="${colours[names.indexOf(name)]}"${dashed ? ' stroke-dasharray="3 3"' : ''}/>`
  })
  const legend = names.map((name, i) => {
    const at = plot.left + i * 200
    return `<rect x="${at}" y="28" width="14" height="4" fill="${colours[i]}"/><text x="${at + 20}" y="34">${name}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>
text { font: 12px system-ui, sans-serif; fill: #444 } .title { font-weight: 600 }
polyline { fill: none; stroke-width: 1.5 } .grid { stroke: #8884 }
@media (prefers-color-scheme: dark) { text { fill: #ccc } }
</style>
<text class="title" x="${plot.left}" y="18">${title}</text>
${legend.join('\n')}
${rows.map((value) => `<path class="grid" d="M${plot.left} ${y(value)}H${width - plot.right}"/><text x="${plot.left - 8}" y="${Number(y(value)) + 4}" text-anchor="end">${value}</text>`).join('\n')}
${columns.map((minute) => `<text x="${x(minute)}" y="${height - plot.bottom + 18}" text-anchor="middle">${minute}</text>`).join('\n')}
<text x="${plot.left - 8}" y="34" text-anchor="end">${unit}</text>
<text x="${width - plot.right}" y="${height - 6}" text-anchor="end">minutes</text>
${lines.join('\n')}
</svg>
`
}

/** 1, 2 or 5 times a power of ten, about this size. */
function niceStep(size) {
  const power = 10 ** Math.floor(Math.log10(size))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= size)
}
