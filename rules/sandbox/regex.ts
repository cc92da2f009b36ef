/**
 * Regular expressions in linear time. JavaScript's own engine backtracks, and one expression such as `/(a+)+$/` then blocks a
 * process for minutes; RE2 cannot. JSONata accepts another engine if it looks like `RegExp`, which is what this file makes.
 */
import { RE2JS } from 're2js'

/** Throws RE2JSException with the reason when the pattern needs what RE2 has not: look-around, backreferences, huge repetitions. */
export function compileRegex(pattern: RegExp): RE2JS {
  const flags = (pattern.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (pattern.multiline ? RE2JS.MULTILINE : 0)
  return RE2JS.compile(RE2JS.translateRegExp(pattern.source), flags)
}

const compiled = new WeakMap<RegExp, RE2JS>()

/** The part of `RegExp` that JSONata uses. JSONata makes one per evaluation from the same parsed pattern, so compiling is cached. */
export class LinearRegex {
  lastIndex = 0
  readonly #pattern: RE2JS

  constructor(pattern: RegExp) {
    this.#pattern = compiled.get(pattern) ?? compileRegex(pattern)
    compiled.set(pattern, this.#pattern)
  }

  /** Like `RegExp.exec` with the flag g: from `lastIndex`, which moves behind the match, or to 0 when there is none. */
  exec(text: string): (string[] & { index: number }) | null {
    const matcher = this.#pattern.matcher(text)
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0
      return null
    }
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? undefined)
    this.lastIndex = matcher.end()
    return Object.assign(groups as string[], { index: matcher.start() })
  }
}
