/**
 * Runs test files in phases, in the order in which they are given; Node's own command line sorts them by name and knows one phase.
 * Usage: node tests/runner.mjs '{"phases":[{"files":[…],"concurrency":2}],"timeout":…,"options":["--test-name-pattern=…"],"summary":"file"}'
 */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import summaryReporter from './summary-reporter.mjs'

const { phases, timeout, options, summary } = JSON.parse(process.argv[2])

/** Who stops the run stops the files that run, as Node's command line does. */
const stopped = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => stopped.abort())

async function* everything() {
  let whole = null
  for (const phase of phases)
    for await (const event of run({ ...phase, timeout, execArgv: options, signal: stopped.signal })) {
      const { type, data } = event
      if (type === 'test:fail' && !data.todo) process.exitCode = 1
      if (type === 'test:summary' && data.file === undefined) whole = whole === null ? data : together(whole, data)
      else if (type !== 'test:diagnostic' || data.file !== undefined) yield event
    }
  if (whole !== null) yield { type: 'test:summary', data: whole }
}

function together(one, other) {
  const counts = Object.fromEntries(Object.entries(other.counts).map(([name, count]) => [name, one.counts[name] + count]))
  return { counts, duration_ms: one.duration_ms + other.duration_ms, file: undefined, success: one.success && other.success }
}

const events = Readable.from(everything())
events.compose(summaryReporter).pipe(createWriteStream(summary))
events.compose(new spec()).pipe(process.stdout)
