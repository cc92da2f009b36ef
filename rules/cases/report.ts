/** What the tests of rule sets came to, for people and for machines. */
import type { CaseResult } from './run.ts'

export interface FileResult {
  readonly file: string
  readonly results: readonly CaseResult[]
}

export type ReportFormat = 'text' | 'json' | 'junit'

export function toReport(format: ReportFormat, files: readonly FileResult[]): string {
  return { text: toText, json: toJson, junit: toJunit }[format](files)
}

const isRed = ({ differences }: CaseResult) => differences.length > 0

function toText(files: readonly FileResult[]): string {
  const lines = files.flatMap(({ results }) =>
    results.flatMap((result) => [
      `${isRed(result) ? '✖' : '✔'} ${result.name}${isRed(result) ? `  (${result.at})` : ''}`,
      ...result.differences.flatMap(({ path, expected, found }) => [
        `    ${path}`,
        `      expected  ${expected}`,
        `      found     ${found}`,
      ]),
    ]),
  )
  const all = files.flatMap(({ results }) => results)
  const red = all.filter(isRed).length
  return [...lines, `${all.length} cases: ${all.length - red} as expected, ${red} not`].join('\n')
}

function toJson(files: readonly FileResult[]): string {
  const all = files.flatMap(({ results }) => results)
  return JSON.stringify({ cases: all.length, failed: all.filter(isRed).length, files }, null, 2)
}

/** The form that CI servers read: `testsuites`, a `testsuite` for each file, a `testcase` for each case; times in seconds. */
function toJunit(files: readonly FileResult[]): string {
  const suites = files.map(({ file, results }) => {
    const cases = results.map((result) => {
      const place = `name="${escapeXml(result.name)}" classname="${escapeXml(file)}" time="${(result.milliseconds / 1_000).toFixed(3)}"`
      if (!isRed(result)) return `    <testcase ${place}/>`
      const told = result.differences.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`)
      const [first = ''] = told
      const detail = escapeXml([...told, result.at].join('\n'))
      return `    <testcase ${place}>\n      <failure message="${escapeXml(first)}">${detail}</failure>\n    </testcase>`
    })
    const counts = `tests="${results.length}" failures="${results.filter(isRed).length}" errors="0" skipped="0"`
    return `  <testsuite name="${escapeXml(file)}" ${counts}>\n${cases.join('\n')}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>`
}

/** XML 1.0 knows no control characters but tab and line breaks, not even escaped. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
}
