/** Workers may be started for some targets or kinds only: by the environment, or on the command line. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TargetRecord } from '#core/targets.ts'
import { withOptions } from './options.ts'
import { servedBy } from './served.ts'

const targets = [
  { name: 'ad-paris', connector: 'active-directory' },
  { name: 'hr', connector: 'sql' },
  { name: 'erp', connector: 'sql' },
].map((target): TargetRecord => ({ ...target, config: {}, onFailure: 'required', limits: {}, reconcile: null, revision: 1 }))
const served = (named: { readonly targets?: readonly string[]; readonly kinds?: readonly string[] }) =>
  targets
    .filter(servedBy({ WORKER_TARGETS: [...(named.targets ?? [])], WORKER_KINDS: [...(named.kinds ?? [])] }))
    .map(({ name }) => name)

test('a worker serves all targets, those that are named, or those of the named kinds', () => {
  assert.deepEqual(served({}), ['ad-paris', 'hr', 'erp'])
  assert.deepEqual(served({ targets: ['hr', 'gone'] }), ['hr'])
  assert.deepEqual(served({ kinds: ['sql'] }), ['hr', 'erp'])
  assert.deepEqual(served({ targets: ['hr', 'ad-paris'], kinds: ['sql'] }), ['hr'])
})

test('what the command line says goes before the environment', () => {
  const variables = withOptions(['--targets', 'hr', '--kinds=ldap,sql', '--isolation', 'none'], {
    WORKER_TARGETS: 'erp',
    PORT: '1',
  })

  assert.deepEqual(variables, { WORKER_TARGETS: 'hr', WORKER_KINDS: 'ldap,sql', WORKER_ISOLATION: 'none', PORT: '1' })
})

test('an option that there is not is refused, with those that there are', () => {
  assert.throws(() => withOptions(['--target', 'hr'], {}), { code: 'config', hint: /--targets ad-paris,hr/ })
  assert.throws(() => withOptions(['hr'], {}), { code: 'config' })
})
