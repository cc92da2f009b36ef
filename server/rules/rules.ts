/** Rule sets and the life of their versions: the one door for the API and for the command line. */
import type { Sql } from '#core/database.ts'
import type { Ledger } from '#core/ledger/index.ts'
import type { Logger } from '#core/log.ts'
import type { TargetRecord } from '#core/targets.ts'
import { isAllowed, type Right } from '../auth/policy.ts'
import type { Role } from '../api/types.ts'
import type { PlanningDeps } from '../requests/planning.ts'
import { createCatalogue, type Catalogue } from './catalogue.ts'
import { createCheck, type Check } from './check.ts'
import { createDrafting, type Drafting } from './drafting.ts'
import { createPreview, type Preview } from './preview.ts'
import { createPublishing, type Publishing } from './publishing.ts'
import { createReviewing, type Reviewing } from './reviewing.ts'
import { createWorkbench, type Workbench } from './workbench.ts'

export interface Rules extends AsyncDisposable {
  readonly catalogue: Catalogue
  readonly check: Check
  readonly preview: Preview
  readonly drafting: Drafting
  readonly reviewing: Reviewing
  readonly publishing: Publishing
  readonly workbench: Pick<Workbench, 'engine' | 'warm'>
}

export interface RulesDeps extends Pick<PlanningDeps, 'planContext' | 'lookups'> {
  readonly sql: Sql
  readonly ledger: Pick<Ledger, 'change' | 'readIdentity'>
  readonly log: Logger
  readonly targets: () => readonly Pick<TargetRecord, 'name'>[]
}

export function createRules(deps: RulesDeps): Rules {
  const { sql, ledger, log } = deps
  const workbench = createWorkbench(log)
  const check = createCheck({
    workbench,
    targets: () => deps.targets().map(({ name }) => name),
    lookups: () => deps.lookups.current(),
  })
  return {
    check,
    workbench,
    catalogue: createCatalogue({ sql, check }),
    preview: createPreview({ ...deps, workbench }),
    drafting: createDrafting({ ledger, check }),
    reviewing: createReviewing({ ledger }),
    publishing: createPublishing({ sql, ledger, check, log, mayStill: createMayStill(sql) }),
    [Symbol.asyncDispose]: () => workbench[Symbol.asyncDispose](),
  }
}

const rightOf = { publish: 'rules:publish', override: 'rules:override' } as const satisfies Record<string, Right>

/** People by the role they have by then; whoever has the database's own settings always may. */
function createMayStill(sql: Sql): (actor: string, what: keyof typeof rightOf) => Promise<boolean> {
  return async (actor, what) => {
    const [kind, name = ''] = actor.split(/:(.*)/s)
    if (kind !== 'person') return kind === 'cli'
    const [person] = await sql<{ role: Role }[]>`select role from person where name = ${name}`
    return person !== undefined && isAllowed({ kind: 'person', name, role: person.role, locale: null }, rightOf[what])
  }
}
