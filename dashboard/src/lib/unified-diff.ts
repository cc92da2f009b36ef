/** A unified difference (GNU format) as rows of a table, each with its line's number in either text. */

export interface DiffRow {
  readonly kind: 'hunk' | 'same' | 'added' | 'removed'
  readonly before: number | null
  readonly after: number | null
  readonly text: string
}

/** What is before the first hunk names the two texts and is left out, as is the remark on a missing end of line. */
export function toDiffRows(unified: string): readonly DiffRow[] {
  const rows: DiffRow[] = []
  let [before, after] = [0, 0]
  let inside = false
  for (const line of unified.replace(/\n$/, '').split('\n')) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (hunk !== null) {
      ;[before, after, inside] = [Number(hunk[1]), Number(hunk[2]), true]
      rows.push({ kind: 'hunk', before: null, after: null, text: hunk[0] })
    } else if (inside && line.startsWith('+')) rows.push({ kind: 'added', before: null, after: after++, text: line.slice(1) })
    else if (inside && line.startsWith('-')) rows.push({ kind: 'removed', before: before++, after: null, text: line.slice(1) })
    else if (inside && !line.startsWith('\\')) rows.push({ kind: 'same', before: before++, after: after++, text: line.slice(1) })
  }
  return rows
}
