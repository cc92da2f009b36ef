/**
 * Where things stand in a YAML or JSON text. Problems are found in values and in expressions; people look for them in the file.
 */
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, Scalar, type Document, type Node } from 'yaml'

export interface Place {
  readonly line: number
  readonly column: number
}

export interface Places {
  /** The place of a value, or of the nearest entry around it that exists. */
  ofValue(path: readonly string[]): Place
  /** The place of a key; of its value's surroundings when there is no such key. */
  ofKey(path: readonly string[]): Place
  /** The place of one character of a text value, such as an expression: as exact as the way it is quoted allows. */
  ofCharacter(path: readonly string[], offset: number): Place
}

/** `text` and `lines` are those the document was parsed from. */
export function createPlaces(document: Document.Parsed, lines: LineCounter, text: string): Places {
  const toPlace = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const ofValue = (path: readonly string[]) => toPlace(startOf(nearest(document.contents, path)))
  return {
    ofValue,
    ofKey(path) {
      const around = nearest(document.contents, path.slice(0, -1))
      const pair = isMap(around)
        ? around.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === path.at(-1))
        : undefined
      return isPair(pair) ? toPlace(startOf(pair.key)) : ofValue(path)
    },
    ofCharacter(path, offset) {
      const node = nearest(document.contents, path)
      return isScalar(node) ? toPlace(characterIn(node, text, offset)) : ofValue(path)
    },
  }
}

/** The places of a text that is known to be YAML or JSON. */
export function placesOf(text: string): Places {
  const lines = new LineCounter()
  return createPlaces(parseDocument(text, { lineCounter: lines }), lines, text)
}

function nearest(root: unknown, path: readonly string[]): unknown {
  let node = root
  for (const key of path) {
    const child = isMap(node) ? node.get(key, true) : isSeq(node) ? node.get(Number(key), true) : undefined
    if (child === undefined || child === null) break
    node = child
  }
  return node
}

function startOf(node: unknown): number {
  const range = typeof node === 'object' && node !== null ? (node as Node).range : undefined
  return range?.[0] ?? 0
}

/** Plain and quoted texts on one line map one to one; block texts line by line; anything else to its beginning. */
function characterIn(node: Scalar, text: string, offset: number): number {
  const start = node.range?.[0] ?? 0
  const value = String(node.value)
  const quoted = node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE ? 1 : 0
  if (text.startsWith(value, start + quoted)) return start + quoted + offset
  if (node.type !== Scalar.BLOCK_LITERAL) return start
  const before = value.slice(0, offset).split('\n')
  let at = text.indexOf('\n', start) + 1
  const indent = /^\s*?( *)\S/.exec(text.slice(at))?.[1]?.length ?? 0
  for (let line = 1; line < before.length; line++) at = text.indexOf('\n', at) + 1
  return at + indent + (before.at(-1) ?? '').length
}
