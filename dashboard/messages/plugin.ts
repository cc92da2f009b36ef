/**
 * Turns the ICU messages of fr.json and en.json into small functions when the dashboard is built, so that no ICU parser travels
 * to the browser. A message that is missing in one language, or does not use the same arguments, fails the build.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { IntlMessageFormat } from 'intl-messageformat'
import type { Plugin } from 'vite'

export const locales = ['fr', 'en'] as const
/** What every page needs, and what only some need, such as those about rules and decisions: nobody else downloads that. */
export const parts = ['shell', 'requests', 'rules', 'targets', 'reconciliation', 'departures', 'notifications'] as const
export type Part = (typeof parts)[number]
export type Texts = Readonly<Record<string, string>>

/** The part of the ICU syntax tree that messages may use; numbers are the parser's element types. */
type Node =
  | { readonly type: 0; readonly value: string }
  | { readonly type: 1 | 2; readonly value: string }
  | {
      readonly type: 5 | 6
      readonly value: string
      readonly options: Readonly<Record<string, { readonly value: readonly Node[] }>>
    }
  | { readonly type: 7 }

const parse = (text: string, locale: string) => new IntlMessageFormat(text, locale).getAst() as unknown as readonly Node[]

/** Compiles one message to the source of a string or of `(a, f) => string`; throws on syntax that is not supported. */
export function compileMessage(text: string, locale: string): string {
  const nodes = parse(text, locale)
  const only = nodes[0]
  if (nodes.length === 0) return '""'
  if (nodes.length === 1 && only?.type === 0) return JSON.stringify(only.value)
  return `(a,f)=>${concatenation(nodes, null)}`
}

function concatenation(nodes: readonly Node[], counted: string | null): string {
  return nodes.length === 0 ? '""' : nodes.map((node) => expression(node, counted)).join('+')
}

function expression(node: Node, counted: string | null): string {
  switch (node.type) {
    case 0:
      return JSON.stringify(node.value)
    case 1:
      return `f.s(a[${JSON.stringify(node.value)}])`
    case 2:
      return `f.n(a[${JSON.stringify(node.value)}])`
    case 5:
    case 6: {
      const argument = `a[${JSON.stringify(node.value)}]`
      const inner = node.type === 6 ? argument : counted
      const cases = Object.entries(node.options).map(
        ([name, option]) => `${JSON.stringify(name)}:()=>${concatenation(option.value, inner)}`,
      )
      return `f.${node.type === 6 ? 'p' : 'c'}(${argument},{${cases.join(',')}})`
    }
    case 7:
      return `f.n(${counted})`
    default:
      throw new Error(
        `only text, {argument}, {n, number}, plural and select may be used, not element type ${JSON.stringify(node)}`,
      )
  }
}

/** Names of the arguments a message shows or counts; an argument that only selects a form may exist in one language alone. */
function argumentsOf(nodes: readonly Node[]): readonly string[] {
  return nodes.flatMap((node) => {
    if (node.type === 1 || node.type === 2) return [node.value]
    if (node.type !== 5 && node.type !== 6) return []
    const inner = Object.values(node.options).flatMap((option) => argumentsOf(option.value))
    return node.type === 6 ? [node.value, ...inner] : inner
  })
}

/** Everything that is wrong with two catalogues, in sentences; empty when they say the same things. */
export function findFaults(fr: Texts, en: Texts): readonly string[] {
  const missing = [
    ...Object.keys(fr)
      .filter((key) => !(key in en))
      .map((key) => `en.json lacks "${key}"`),
    ...Object.keys(en)
      .filter((key) => !(key in fr))
      .map((key) => `fr.json lacks "${key}"`),
  ]
  const different = Object.keys(fr)
    .filter((key) => key in en)
    .flatMap((key) => {
      const [left, right] = [argumentNames(fr[key] ?? '', 'fr'), argumentNames(en[key] ?? '', 'en')]
      if (fr[key] === '' || en[key] === '') return [`"${key}" is empty`]
      return left === right ? [] : [`"${key}" uses {${left}} in fr.json and {${right}} in en.json`]
    })
  return [...missing, ...different]
}

const argumentNames = (text: string, locale: string) => [...new Set(argumentsOf(parse(text, locale)))].sort().join(', ')

const fileOf = (locale: string, part: Part) =>
  fileURLToPath(new URL(part === 'shell' ? `./${locale}.json` : `./${part}/${locale}.json`, import.meta.url))

const virtualName = ({ locale, part }: { readonly locale: string; readonly part: Part }) =>
  `virtual:messages/${part === 'shell' ? locale : `${part}/${locale}`}`

/** One part's texts in one language, as they stand in their file. */
export const readTexts = (locale: string, part: Part) => JSON.parse(readFileSync(fileOf(locale, part), 'utf8')) as Texts

/** `import catalogue from 'virtual:messages/fr'`, and `virtual:messages/rules/fr` for the part of the pages about rules. */
export function messages(): Plugin {
  return {
    name: 'passerelle:messages',
    buildStart() {
      const keys = parts.flatMap((part) => Object.keys(readTexts('fr', part)))
      const twice = keys.filter((key, index) => keys.indexOf(key) !== index)
      const faults = parts.flatMap((part) => findFaults(readTexts('fr', part), readTexts('en', part)))
      const all = [...faults, ...twice.map((key) => `"${key}" stands in two parts`)]
      if (all.length > 0) this.error(`messages/: ${all.join('; ')}`)
    },
    resolveId: (id) => (id.startsWith('virtual:messages/') ? `\0${id}` : null),
    load(id) {
      const found = locales
        .flatMap((locale) => parts.map((part) => ({ locale, part })))
        .find((one) => id === `\0${virtualName(one)}`)
      if (found === undefined) return null
      const { locale, part } = found
      this.addWatchFile(fileOf(locale, part))
      const entries = Object.entries(readTexts(locale, part)).map(
        ([key, text]) => `${JSON.stringify(key)}:${compileMessage(text, locale)}`,
      )
      return `export default {${entries.join(',\n')}}`
    },
  }
}
