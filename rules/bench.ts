/**
 * What a plan costs: 7 targets with 10 attributes each, half of them plain attributes, through the pool and beside JSONata alone in this
 * process. The last line is one JSON object. Run it on an idle machine: `npm run bench:rules`.
 */
import { performance } from 'node:perf_hooks'
import jsonata from 'jsonata'
import { pino } from 'pino'
import { ruleFunctions } from './functions/index.ts'
import { openRuleEngine, parseRuleSet, type PlanInput, type RuleSet, type UniqueReservations } from './index.ts'
import { toProgram } from './program.ts'

const targetCount = 7
const attributes = [
  ['uid', 'identity.login'],
  ['cn', 'identity.displayName'],
  ['sn', '$proper(familyName)'],
  ['givenName', '$proper(givenName)'],
  ['mail', 'identity.mail'],
  ['employeeNumber', 'employeeNumber'],
  ['department', 'organizationalUnit'],
  ['title', "$exists(title) ? title : 'n/a'"],
  ['telephoneNumber', "$replace(telephoneNumber, /[^0-9+]/, '')"],
  ['description', "'Site ' & locality & ', ' & employeeType"],
] as const

const input: PlanInput = {
  kind: 'create',
  source: 'bench',
  externalId: 'e-1',
  attributes: {
    givenName: ['Zoé'],
    familyName: ['DE LA TOUR'],
    employeeNumber: ['004217'],
    employeeType: ['internal'],
    organizationalUnit: ['Finance'],
    telephoneNumber: ['+33 (0)1 23 45 67 89'],
    locality: ['Paris'],
  },
  secrets: ['password'],
  accounts: [],
}

const unique: UniqueReservations = { reserve: async (_namespaces, candidates) => candidates[0] ?? null }

function benchRules(): RuleSet & { readonly version: number } {
  const targets = Array.from({ length: targetCount }, (_, number) => [
    `target-${number}`,
    { when: "$not(employeeType = 'external')", correlate: { uid: 'identity.login' }, attributes: Object.fromEntries(attributes) },
  ])
  const document = {
    name: 'bench',
    identity: {
      login: '$unique($login(givenName, familyName))',
      displayName: "$proper(givenName) & ' ' & $uppercase(familyName)",
      mail: "identity.login & '@example.org'",
    },
    targets: Object.fromEntries(targets),
  }
  return { ...parseRuleSet(JSON.stringify(document), { file: 'bench.json' }), version: 1 }
}

/** One plan at a time: what a person waits. */
async function latency(plan: () => Promise<unknown>, count: number): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const begin = performance.now()
    await plan()
    times.push(performance.now() - begin)
  }
  return times.toSorted((left, right) => left - right)[Math.floor(count / 2)] ?? 0
}

/** Several plans in flight: what one sandbox process gets done. */
async function throughput(plan: () => Promise<unknown>, count: number): Promise<number> {
  let left = count
  const worker = async () => {
    while (left-- > 0) await plan()
  }
  const begin = performance.now()
  await Promise.all(Array.from({ length: 16 }, worker))
  return (count / (performance.now() - begin)) * 1000
}

/** The same expressions, JSONata only: no process, no checks, no planner. */
function plainJsonata(rules: RuleSet): () => Promise<void> {
  const root = {
    ...Object.fromEntries(Object.entries(input.attributes).map(([name, values]) => [name, values[0]])),
    identity: { login: 'zdelatour', displayName: 'Zoé DE LA TOUR', mail: 'zdelatour@example.org' },
  }
  const expressions = toProgram(rules).slots.map(({ expression }) => {
    const compiled = jsonata(expression)
    for (const [name, { run }] of Object.entries(ruleFunctions)) compiled.registerFunction(name, run)
    compiled.registerFunction('unique', (candidate: unknown) => candidate)
    return compiled
  })
  return async () => {
    for (const expression of expressions) await expression.evaluate(root)
  }
}

async function bench(): Promise<void> {
  const rules = benchRules()
  await using engine = await openRuleEngine({ log: pino({ level: 'silent' }), size: 1 })
  const plan = () => engine.plan(rules, input, unique)
  const plain = plainJsonata(rules)
  await latency(plan, 500)
  await latency(plain, 200)

  const planP50 = await latency(plan, 1000)
  const plansPerSecond = await throughput(plan, 3000)
  const plainP50 = await latency(plain, 500)

  const round = (value: number) => Math.round(value * 100) / 100
  const print = (line: string) => process.stdout.write(`${line}\n`)
  print(
    `${targetCount} targets × ${attributes.length} attributes, ${toProgram(rules).slots.length} expressions, 1 sandbox process`,
  )
  print(
    JSON.stringify({ plan_p50_ms: round(planP50), plans_s: Math.round(plansPerSecond), plain_jsonata_p50_ms: round(plainP50) }),
  )
}

if (import.meta.main) await bench()
