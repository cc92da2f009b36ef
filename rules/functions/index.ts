/** The functions that rules can call besides JSONata's own. `$unique` is the sandbox's: it must ask the parent process. */
import { ascii } from './ascii.ts'
import { initials } from './initials.ts'
import { login } from './login.ts'
import { proper } from './proper.ts'
import { slug } from './slug.ts'

export interface RuleFunction {
  readonly run: (first: unknown, second: unknown, third: unknown) => unknown
  /** Arguments that `$map` and its like may fill: more would put an index where an option is expected. */
  readonly required: number
}

export const ruleFunctions: Readonly<Record<string, RuleFunction>> = {
  ascii: { run: ascii, required: 1 },
  slug: { run: slug, required: 1 },
  login: { run: login, required: 2 },
  initials: { run: initials, required: 1 },
  proper: { run: proper, required: 1 },
}
