/** A reporter that keeps what `npm test` says last: the counts of the whole run, how long each file took, and the names of tests that did not run. */
export default async function* summary(source) {
  const notRun = []
  const files = []
  let counts = null
  for await (const { type, data } of source) {
    if (data?.skip !== undefined && data.skip !== false) notRun.push(data.name)
    else if (data?.todo !== undefined && data.todo !== false) notRun.push(data.name)
    if (type !== 'test:summary') continue
    if (data.file === undefined) counts = data.counts
    else files.push({ file: data.file, seconds: data.duration_ms / 1_000 })
  }
  yield JSON.stringify({ counts, files, notRun: [...new Set(notRun)] })
}
