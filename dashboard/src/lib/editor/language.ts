/** YAML whose expressions are coloured as JSONata. */
import { yamlLanguage } from '@codemirror/lang-yaml'
import { LanguageSupport } from '@codemirror/language'
import { parseMixed, type Input, type SyntaxNode } from '@lezer/common'
import { styleTags, tags } from '@lezer/highlight'
import { parser } from './jsonata.grammar'
import { isExpression } from './place.ts'

const jsonata = parser.configure({
  props: [
    styleTags({
      String: tags.string,
      Number: tags.number,
      Regex: tags.regexp,
      Comment: tags.comment,
      'Boolean Null': tags.atom,
      Variable: tags.variableName,
      'Call/Variable': tags.function(tags.variableName),
      'Name Wildcard Descendant Parent': tags.propertyName,
      'function and or in': tags.keyword,
      'MulOp AddOp CompareOp "?" ":" ":="': tags.operator,
    }),
  ],
})

const scalars: ReadonlySet<string> = new Set(['Literal', 'QuotedLiteral', 'BlockLiteralContent'])

/** The keys above a value, from the outermost. */
function pathOf(node: SyntaxNode, input: Input): readonly string[] {
  const path: string[] = []
  for (let at = node.parent; at !== null; at = at.parent) {
    if (at.name === 'Item') path.unshift('*')
    const key = at.name === 'Pair' ? at.getChild('Key') : null
    if (key !== null) path.unshift(input.read(key.from, key.to).replace(/^(["'])(.*)\1$/s, '$2'))
  }
  return path
}

export function ruleSetLanguage(): LanguageSupport {
  const wrap = parseMixed((node, input) => {
    if (!scalars.has(node.name) || node.node.parent?.name === 'Key' || !isExpression(pathOf(node.node, input))) return null
    const inner = node.name === 'QuotedLiteral' ? { from: node.from + 1, to: Math.max(node.from + 1, node.to - 1) } : node
    return { parser: jsonata, overlay: [{ from: inner.from, to: inner.to }] }
  })
  return new LanguageSupport(yamlLanguage.configure({ wrap }))
}

export function casesLanguage(): LanguageSupport {
  return new LanguageSupport(yamlLanguage)
}
