/** Sources of packages for another suite of Debian than the one this machine runs, made of the machine's own: the same mirror, the same keys. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @param {string} suite such as `sid`
 * @param {string} folder where the machine's own sources are
 * @param {string} release the machine's own description
 * @returns {string} the contents of a .sources file
 * @throws {Error} when this machine is no Debian, or has no source of its main archive
 */
export function sourceOfSuite(suite, folder = '/etc/apt', release = readOr('/etc/os-release')) {
  const own = /^VERSION_CODENAME=(\S+)/m.exec(release)?.[1]
  if (!/^ID=debian/m.test(release) || own === undefined)
    throw new Error(`Packages of ${suite} are for Debian, which this system is not.`)
  const parts = join(folder, 'sources.list.d')
  const files = existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : []
  const stanzas = files.filter((file) => file.endsWith('.sources')).flatMap((file) => readFileSync(file, 'utf8').split(/\n\s*\n/))
  const lists = [join(folder, 'sources.list'), ...files.filter((file) => file.endsWith('.list'))]
  const lines = lists.flatMap((file) => readOr(file).split('\n'))
  const found =
    stanzas.map((stanza) => ofStanza(stanza, own)).find(Boolean) ?? lines.map((line) => ofLine(line, own)).find(Boolean)
  if (found === undefined) throw new Error(`${folder} names no source of ${own} from which one of ${suite} could be made.`)
  const { uri, key } = found
  return ['Types: deb', `URIs: ${uri}`, `Suites: ${suite}`, 'Components: main', ...(key ? [`Signed-By: ${key}`] : []), ''].join(
    '\n',
  )
}

/**
 * @param {string} suite
 * @param {string} folder where apt keeps its lists of that suite and what it fetches
 * @returns {string[]} options of apt-get that leave the system's own lists as they are
 */
export function aptOfSuite(suite, folder) {
  const parts = join(folder, 'sources')
  for (const name of ['sources', 'lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(parts, 'suite.sources'), sourceOfSuite(suite))
  return [
    ...['--quiet', '-o', 'Dir::Etc::sourcelist=/dev/null', '-o', `Dir::Etc::sourceparts=${parts}`],
    // Root's folders are closed to the account that apt would use.
    ...['-o', 'APT::Sandbox::User=root'],
    ...['-o', `Dir::State::lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${join(folder, 'cache')}`],
  ]
}

function ofStanza(stanza, own) {
  const field = (name) => new RegExp(`^${name}:[ \\t]*(.+)$`, 'mi').exec(stanza)?.[1]?.trim()
  const uri = field('URIs')?.split(/\s+/)[0]
  const isOwn = field('Suites')?.split(/\s+/).includes(own) === true && field('Types')?.split(/\s+/).includes('deb') === true
  return isOwn && uri !== undefined ? { uri, key: field('Signed-By') } : undefined
}

function ofLine(line, own) {
  const [, options = '', uri, suite] = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+.*main/.exec(line) ?? []
  return suite === own ? { uri, key: /signed-by=(\S+)/.exec(options)?.[1] } : undefined
}

function readOr(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
