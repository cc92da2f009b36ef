/** The functions that rules can call besides JSONata's own. `$unique` is the sandbox's: it must ask the parent process. */
import { ascii } from './ascii.ts'
import { date } from './date.ts'
import { dnEscape } from './dn-escape.ts'
import { firstOf } from './first-of.ts'
import { initials } from './initials.ts'
import { login } from './login.ts'
import { password } from './password.ts'
import { phone } from './phone.ts'
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
  phone: { run: phone, required: 1 },
  date: { run: date, required: 1 },
  dnEscape: { run: dnEscape, required: 1 },
  firstOf: { run: firstOf, required: 1 },
  password: { run: password, required: 0 },
}
