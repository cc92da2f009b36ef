/**
 * What the commands of package.json run first (`npm start`, `npm run cli`, `npm run demo`, `npm run bench:rules` …), on any Node from 20 on: it brings
 * what is missing, then hands over to the TypeScript.
 */
import { existsSync } from 'node:fs'
import { ensureDashboardBuilt, ensureInstalled, run } from './bootstrap.mjs'

const programs = {
  start: 'server/standalone/main.ts',
  cli: 'server/cli/main.ts',
  demo: 'server/demo/main.ts',
  bench: 'tests/bench/main.ts',
  'bench:simulate': 'tests/bench/simulate.ts',
  'bench:reconcile': 'tests/bench/reconcile.ts',
  'bench:rules': 'rules/bench.ts',
  'bench:ldap': 'tests/bench/ldap.ts',
  simulate: 'tests/simulate/main.ts',
  mutate: 'tests/faults/mutate-main.ts',
  soak: 'tests/soak/main.ts',
}
const [first = 'start', ...rest] = process.argv.slice(2)
const program = programs[first] ?? programs.start

ensureInstalled()
if (first === 'start' || first === 'demo') ensureDashboardBuilt()
// What is set in the environment wins over .env.
const settings = existsSync(new URL('../.env', import.meta.url)) ? ['--env-file=.env'] : []
process.exitCode = await run([...settings, program, ...rest])
