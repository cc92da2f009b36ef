/** What may be written at a place of a rule set or of its tests: entries, the words of closed lists, functions, attributes. */

export interface Word {
  readonly label: string
  readonly kind: 'key' | 'word' | 'function' | 'attribute' | 'computed'
  /** How a function is called. */
  readonly detail?: string
}

/** Our functions, with what they take. What each is for is said in the reader's language: `fn.<name>`. */
export const ruleFunctions = {
  ascii: '(text)',
  slug: '(text, separator?)',
  login: '(given, family, length?)',
  initials: '(name, name?, name?)',
  proper: '(text)',
  phone: '(text, country?, format?)',
  date: '(text, format?, zone?)',
  dnEscape: '(text)',
  firstOf: '(value, …)',
  unique: '(candidates, namespaces?, maxLength?)',
  lookup: '(table, key)',
  password: '(policy?)',
} as const

/** JSONata's own that rules may use. */
const builtins = [
  ['string', '(value)'],
  ['length', '(text)'],
  ['substring', '(text, start, length?)'],
  ['substringBefore', '(text, chars)'],
  ['substringAfter', '(text, chars)'],
  ['uppercase', '(text)'],
  ['lowercase', '(text)'],
  ['trim', '(text)'],
  ['pad', '(text, width, char?)'],
  ['contains', '(text, pattern)'],
  ['split', '(text, separator, limit?)'],
  ['join', '(list, separator?)'],
  ['match', '(text, pattern, limit?)'],
  ['replace', '(text, pattern, replacement, limit?)'],
  ['number', '(value)'],
  ['boolean', '(value)'],
  ['not', '(value)'],
  ['exists', '(value)'],
  ['count', '(list)'],
  ['append', '(list, list)'],
  ['distinct', '(list)'],
  ['sort', '(list, function?)'],
  ['reverse', '(list)'],
  ['map', '(list, function)'],
  ['filter', '(list, function)'],
  ['reduce', '(list, function, init?)'],
  ['keys', '(object)'],
  ['merge', '(list)'],
  ['type', '(value)'],
] as const

const functions: readonly Word[] = [...Object.entries(ruleFunctions), ...builtins].map(([name, detail]) => ({
  label: `$${name}`,
  kind: 'function',
  detail,
}))

const keys = (...labels: readonly string[]): readonly Word[] => labels.map((label) => ({ label, kind: 'key' }))
const words = (...labels: readonly string[]): readonly Word[] => labels.map((label) => ({ label, kind: 'word' }))

const closedLists: Readonly<Record<string, readonly Word[]>> = {
  strength: words('strong', 'weak', 'initial'),
  onNull: words('clear', 'keep', 'error'),
  multivalued: words('replace', 'merge'),
  secret: words('true', 'false'),
  onDrift: words('refuse', 'replan'),
  fourEyes: words('author', 'subject'),
  to: words('refuse'),
  onDelete: words('immediately', 'after-grace'),
  per: words('account', 'person'),
  onFailure: words('required', 'best-effort', 'hold'),
  role: words('approver', 'operator', 'admin'),
  kind: words('create', 'update', 'disable', 'enable', 'delete', 'password', 'membership'),
  operation: words('create', 'update', 'disable', 'enable', 'delete', 'password', 'membership'),
  disabled: words('true', 'false'),
}

const stageEntries = ['role', 'people', 'quorum', 'expires', 'remind', 'escalate'] as const

function approvalEntries(path: readonly string[]): readonly string[] {
  const inside = path[2] === 'stages' ? path.slice(4) : path.slice(2)
  if (inside[0] === 'escalate') return inside.length === 1 ? ['after', 'to'] : ['role', 'people']
  return path[2] === 'stages' ? stageEntries : ['name', 'when', ...stageEntries, 'stages', 'fourEyes', 'onDrift']
}

const lifecycleEntries = [
  ['onDisable', 'deleteAfter', 'onDelete'],
  ['move', 'strip'],
]

/** Entries and closed lists of a rule set. */
export function ruleEntries(path: readonly string[], kind: 'key' | 'value'): readonly Word[] {
  if (kind === 'value') return closedLists[path.at(-1) ?? ''] ?? []
  const [part, , entry] = path
  if (path.length === 0)
    return keys('name', 'version', 'description', 'attributes', 'identity', 'targets', 'subject', 'approvals', 'safety')
  if (part === 'description') return keys('fr', 'en')
  if (part === 'approvals') return keys(...approvalEntries(path))
  if (part === 'safety')
    return keys('name', 'operations', 'targets', 'per', 'within', 'count', 'percent', 'role', 'quorum', 'expires')
  if (part !== 'targets') return []
  if (entry === 'lifecycle') return keys(...(lifecycleEntries[path.length - 3] ?? []))
  if (path.length === 2) return keys('when', 'correlate', 'existing', 'attributes', 'memberships', 'lifecycle', 'onFailure')
  return path.length === 4 && entry === 'attributes' ? keys('value', 'strength', 'onNull', 'multivalued', 'secret') : []
}

/** Entries and closed lists of a document of tests. */
export function caseEntries(path: readonly string[], kind: 'key' | 'value'): readonly Word[] {
  if (kind === 'value') return closedLists[path.at(-1) ?? ''] ?? []
  const [, , part, inner] = path
  if (path.length === 0) return keys('cases')
  if (path.length === 2) return keys('name', 'given', 'expect')
  if (path.length === 3 && part === 'given')
    return keys('kind', 'source', 'externalId', 'attributes', 'secrets', 'accounts', 'disabled', 'memberships', 'taken')
  if (path.length === 3) return keys('identity', 'targets', 'approvals', 'error')
  return path.length === 5 && inner === 'targets' ? keys('operation', 'attributes', 'join', 'leave') : []
}

/** What an expression may name: functions, the request, what is computed, and the attributes that come. */
export function expressionWords(before: string, known: Known): readonly Word[] {
  if (/(?:^|[^\w$.])identity\.\w*$/.test(before)) return known.computed.map((label) => ({ label, kind: 'computed' }))
  if (/(?:^|[^\w$.])request\.\w*$/.test(before)) return keys('kind', 'source', 'externalId')
  if (/(?:^|[^\w$.])plan\.\w*$/.test(before)) return keys('kind', 'identity', 'steps')
  if (/\.\w*$/.test(before)) return []
  const attributes = known.attributes.map((label): Word => ({ label, kind: 'attribute' }))
  return [...attributes, ...keys('identity', 'request'), ...functions]
}

export interface Known {
  /** Computed attributes of the rule set. */
  readonly computed: readonly string[]
  /** Attributes that come, as far as anybody named them. */
  readonly attributes: readonly string[]
}

/** Names that the two documents speak of, without reading them as YAML: they are being written. */
export function knownNames(rules: string, cases: string): Known {
  const [, block = ''] = /^identity:[^\n]*\n((?:[ \t]+[^\n]*\n|[ \t]*#[^\n]*\n|\s*\n)*)/m.exec(`${rules}\n`) ?? []
  const indent = /^([ \t]+)[^\s#]/m.exec(block)?.[1] ?? '  '
  const computed = [...block.matchAll(new RegExp(`^${indent}([A-Za-z]\\w*)\\s*:`, 'gm'))].map(([, name = '']) => name)
  return { computed, attributes: [...new Set([...declaredNames(rules), ...givenNames(cases)])].toSorted() }
}

/** The attributes that the rule set itself says identities come with, as a list on one line or on several. */
function declaredNames(rules: string): readonly string[] {
  const [, inLine, onLines = ''] =
    /^attributes: *(?:\[([^\]]*)\]|\n((?:[ \t]*(?:#[^\n]*|- [^\n]*)\n)*))/m.exec(`${rules}\n`) ?? []
  if (inLine !== undefined) return inLine.split(/[\s,"']+/).filter((name) => name !== '')
  return [...onLines.matchAll(/^\s*- ["']?([^\s"'#]+)/gm)].map(([, name = '']) => name)
}

/** The attributes of all cases, written on one line or each on its own. */
function givenNames(cases: string): readonly string[] {
  const found: string[] = []
  let given = false
  /** How deep the attributes are that stand on lines of their own; null outside of them. */
  let depth: number | null = null
  for (const line of cases.split('\n')) {
    const [, indent = '', key = '', rest = ''] = /^( *)(?:- )?([A-Za-z_][\w-]*) *:(.*)$/.exec(line) ?? []
    if (key === 'given' || key === 'expect') [given, depth] = [key === 'given', null]
    const inLine = /attributes: *\{([^}]*)/.exec(line)?.[1]
    if (given && inLine !== undefined)
      found.push(...[...inLine.matchAll(/(?:^|,)\s*["']?([A-Za-z_][\w-]*)["']?\s*:/g)].map(([, name = '']) => name))
    else if (given && key === 'attributes') depth = indent.length
    else if (depth !== null && key !== '' && indent.length > depth) found.push(key)
    else if (depth !== null && (key !== '' || rest !== '')) depth = null
  }
  return found
}
