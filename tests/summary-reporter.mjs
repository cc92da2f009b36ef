/** A reporter that keeps what `npm test` says last: the counts of the whole run, and the names of tests that did not run. */
export default async function* summary(source) {
  const notRun = []
  let counts = null
  for await (const { type, data } of source) {
    if (data?.skip !== undefined && data.skip !== false) notRun.push(data.name)
    else if (data?.todo !== undefined && data.todo !== false) notRun.push(data.name)
    if (type === 'test:summary' && data.file === undefined) counts = data.counts
  }
  yield JSON.stringify({ counts, notRun: [...new Set(notRun)] })
}
