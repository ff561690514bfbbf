/** The value of a series by its whole name, labels included, in what /metrics answers; 0 where it is not there yet. */
export function seriesIn(text: string, series: string): number {
  const line = text.split('\n').find(each => each.startsWith(`${series} `))
  return line === undefined ? 0 : Number(line.slice(series.length + 1))
}
