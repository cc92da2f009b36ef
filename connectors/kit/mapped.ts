/** Whether what the rules write can be written: a part of a connection test, as names of attributes stand in the rules and not in a target's settings. */
import type { AccountSchema, ConnectionReport, Driver } from './connector.ts'
import { kitPhrases } from './phrases.ts'
import { exactSpelling } from './spelling.ts'

type Described = Pick<Driver, 'spelling' | 'discoverSchema'>

/** The report, with its check of the schema failed when the target lacks one of the attributes, or keeps it by itself. Throws what asking for the schema throws. */
export async function withMapped(
  report: ConnectionReport,
  driver: Described,
  mapped: readonly string[],
): Promise<ConnectionReport> {
  if (!report.ok || mapped.length === 0) return report
  const problem = problemOf(await driver.discoverSchema(), driver, mapped)
  const own = report.checks.find(({ check }) => check === 'schema')
  const others = report.checks.filter((one) => one !== own)
  const good = kitPhrases.mapped
  const phrase =
    own?.phrase === undefined ? good : { ...good, en: `${own.phrase.en}; ${good.en}`, fr: `${own.phrase.fr} ; ${good.fr}` }
  const timed = own?.milliseconds === undefined ? {} : { milliseconds: own.milliseconds }
  const told =
    problem === null
      ? { ok: true, message: phrase.en, phrase }
      : { ok: false, code: 'config' as const, hint: problem.phrase.en, ...problem }
  return { ok: told.ok, checks: [...others, { check: 'schema', ...told, ...timed }] }
}

function problemOf({ attributes, isOpen }: AccountSchema, { spelling = exactSpelling }: Described, mapped: readonly string[]) {
  const fold = (name: string) => spelling.attribute(name).toLowerCase()
  const known = new Map(attributes.map((attribute) => [fold(attribute.name), attribute]))
  const kept = mapped.filter((name) => known.get(fold(name))?.readOnly === true)
  if (kept.length > 0)
    return {
      message: `the rules write what the target keeps by itself: ${kept.join(', ')}`,
      phrase: kitPhrases.keptByTarget({ names: kept.join(', ') }),
    }
  // Rules that give an entry classes of its own say themselves what it may have.
  if (isOpen === true || mapped.some((name) => fold(name) === 'objectclass')) return null
  const missing = mapped.filter((name) => !stemsOf(fold(name)).some((stem) => known.has(stem)))
  return missing.length === 0
    ? null
    : {
        message: `the rules write what accounts of the target do not have: ${missing.join(', ')}`,
        phrase: kitPhrases.missingInTarget({ names: missing.join(', ') }),
      }
}

/** The name, and what it is a kind of: `emails.work` is one of `emails`, `description;lang-fr` a `description`. */
function stemsOf(name: string): readonly string[] {
  return [name, ...[...name.matchAll(/[.;]/g)].map(({ index }) => name.slice(0, index))]
}
