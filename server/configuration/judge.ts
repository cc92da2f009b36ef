/**
 * Judges settings of which some are variables (`${NAME}`), which are filled only when they are applied: what can be said already is said, and nothing
 * is said of what is not known yet.
 */
import * as v from 'valibot'
import { pathOf } from './read.ts'

type Schema = v.GenericSchema
type Issue = v.BaseIssue<unknown>

/** What is wrong whatever the variables will hold. */
export function judgeSettings(schema: Schema, given: Readonly<Record<string, unknown>>): readonly Issue[] {
  const result = v.safeParse(schema, given)
  if (result.success) return []
  const single = result.issues.filter((issue) => pathOf(issue).length > 0)
  const wrong = new Set(single.map((issue) => pathOf(issue).join('/')))
  return [...single.filter((issue) => !isOpen(issue)), ...checksOf(schema).flatMap((check) => told(check, result.output, wrong))]
}

/** Valibot makes the checks of the whole only when each setting is of its kind, which a variable for a number is not. */
function checksOf(schema: Schema): readonly v.GenericPipeAction[] {
  const pipe = 'pipe' in schema && Array.isArray(schema.pipe) ? (schema.pipe as readonly { readonly kind: string }[]) : []
  return pipe.filter((item): item is v.GenericPipeAction => item.kind === 'validation')
}

/** What one check says of all settings, unless it reads one that is a variable, or wrong by itself. */
function told(check: v.GenericPipeAction, settings: unknown, wrong: ReadonlySet<string>): readonly Issue[] {
  return whenKnown(() => v.safeParse(v.pipe(v.any(), check), known(settings, wrong)).issues ?? []) ?? []
}

/** What a variable may yet put right: a check of a value that is one, or of a group of which the check reads one. */
function isOpen({ type, input, requirement }: Issue): boolean {
  if (!isJudgement(type) || !holdsVariable(input)) return false
  if (typeof input !== 'object' || typeof requirement !== 'function') return true
  return whenKnown(() => Boolean(requirement(known(input, new Set())) ?? true)) === null
}

/** A check of a value that is there and of its kind, unlike `strict_object` for a setting that is missing or that there is not. */
const isJudgement = (type: string) => !type.endsWith('object')

class NotKnown extends Error {}

/** null: it depends on what is not known. */
function whenKnown<T>(judge: () => T): T | null {
  try {
    return judge()
  } catch (error) {
    if (error instanceof NotKnown) return null
    throw error
  }
}

/** The same value, which throws `NotKnown` when a variable, or a setting that is wrong by itself, is read from it. */
function known(value: unknown, wrong: ReadonlySet<string>, path: readonly string[] = []): unknown {
  if (isVariable(value) || wrong.has(path.join('/'))) throw new NotKnown()
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    get: (whole, name) => {
      const part: unknown = Reflect.get(whole, name)
      return typeof name === 'symbol' ? part : known(part, wrong, [...path, name])
    },
  })
}

const isVariable = (value: unknown) => typeof value === 'string' && /(?<!\$)\$\{[A-Za-z_]/.test(value)

function holdsVariable(value: unknown): boolean {
  return isVariable(value) || (typeof value === 'object' && value !== null && Object.values(value).some(holdsVariable))
}
