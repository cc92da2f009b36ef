/** `npm run cli -- <command>`: what operators and CI do without a browser. */
import { openDatabase } from '#core/database.ts'
import { isGatewayError } from '#core/errors.ts'
import { openLedger } from '#core/ledger/index.ts'
import { createLog } from '#core/log.ts'
import { migrate } from '#core/migrate.ts'
import { createSealer } from '#core/sealing.ts'
import { environmentOfThisMachine } from '../standalone/environment.ts'
import { wrongUsage } from './words.ts'

const usage = `Usage: npm run cli -- <command>

  migrate                    bring the database to this version's schema
  apply [file or folder]     write the configuration into the database (default: PASSERELLE_CONFIG)
  check <file or folder>     say what is wrong with a configuration; changes nothing
  targets test [name …]      try each target: name, TCP, TLS, login, rights, schema; then ask what it is, and until when it lets us in
  connector new <name>       make the folder of a new kind of system, with its contract test (see docs/connectors.md)
  reconcile run <target>     compare what a target holds with what the gateway knows (--reason; --no-wait); a worker does it
  reconcile list [target], reconcile findings <target>
                             what was reconciled; what is open
  rules lint <file or name …>   say what is wrong with rule sets, with line and column
  rules test <file or name …>   try rule sets with their cases (--format text, json or junit; --output file; --version n)
  rules simulate <file or name> what a version would change: for the --last N requests, or for a --population SOURCE or all
                             (--version n; --fail-on changed, failing (default), created, disabled, deleted; --format text, json or junit)
  rules explain <request> [path]
                             how the values of a request's plan came to be (--format text or json)
  rules list [name …]        which rule sets there are, and their versions
  rules import <file …>      make drafts of files and of the cases beside them (--comment; --publish --reason; --replace)
  rules export <name>        print a version as it was written (--version n; --format yaml or json; --cases; --output file)
  rules diff <name> <from> <to>, <file> [version] or <file> <file>
                             what is different, in sentences and as text (--format text or json; --lang en or fr)
  rules publish <name> <version>
                             put a version in force (--reason; --at moment; --override reason, when its tests are red)
  people list, people add <name> --role <role>, people role <name> <role>, people remove <name>
                             who may log in, and as what
  people email <name> [address]
                             where somebody is told of approvals; without an address: nowhere
  audit verify               recompute the whole audit chain

Exit codes: 0 done, 1 something is wrong (of diff: there are differences), 2 wrong usage.`

const [command = '', ...args] = process.argv.slice(2)
const log = createLog('warn', 'cli')

const loadConnectors = async () => (await import('#connectors/index.ts')).connectors

/** Each loads what it needs: loading everything takes longer than most of them. */
const commands: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  migrate: async () => {
    const { environment } = environmentOfThisMachine()
    await using database = await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-cli', poolSize: 1 })
    const applied = await migrate(database.sql)
    console.log(applied.length === 0 ? 'The database is of this version.' : `Applied: ${applied.join(', ')}`)
    return true
  },
  apply: async ([path]) => {
    const { environment, variables } = environmentOfThisMachine()
    const configuration = path ?? environment.PASSERELLE_CONFIG
    if (configuration === undefined) throw wrongUsage('name a configuration: npm run cli -- apply passerelle.yaml')
    const [{ prepare }, connectors] = await Promise.all([import('../prepare.ts'), loadConnectors()])
    const { changed } = await prepare({ environment, variables, connectors, log, configuration, adminPassword: null })
    console.log(changed.length === 0 ? 'Everything is as configured.' : `Changed: ${changed.join(', ')}`)
    return true
  },
  check: async ([path]) => {
    if (path === undefined) throw wrongUsage('name a configuration: npm run cli -- check passerelle.yaml')
    const [{ readConfiguration }, connectors] = await Promise.all([import('../configuration/read.ts'), loadConnectors()])
    const { sources, targets, ruleSets } = await readConfiguration(path, { variables: process.env, connectors })
    console.log(
      `Sources: ${list(Object.keys(sources))}; targets: ${list(Object.keys(targets))}; rule sets: ${list(ruleSets.map((one) => one.name))}`,
    )
    return true
  },
  targets: async ([verb, ...names]) => {
    if (verb !== 'test') throw wrongUsage('did you mean: npm run cli -- targets test')
    const [{ testTargets }, connectors] = await Promise.all([import('./targets.ts'), loadConnectors()])
    const { environment } = environmentOfThisMachine()
    await using database = await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-cli', poolSize: 2 })
    const ledger = openLedger({ database, sealer: createSealer(environment.PASSERELLE_KEY), log })
    return await testTargets({ database, ledger, connectors, log, names })
  },
  reconcile: async (words) => (await import('./reconcile.ts')).reconcileCommand(words, log),
  rules: async (words) => (await import('./rules.ts')).rulesCommand(words, log),
  connector: async (words) => (await import('./connector.ts')).connectorCommand(words),
  people: async (words) => (await import('./people.ts')).peopleCommand(words, log),
  audit: async ([verb]) => {
    if (verb !== 'verify') throw wrongUsage('did you mean: npm run cli -- audit verify')
    const { environment } = environmentOfThisMachine()
    await using database = await openDatabase({ url: environment.DATABASE_URL, name: 'passerelle-cli', poolSize: 2 })
    const broken = await openLedger({ database, sealer: createSealer(environment.PASSERELLE_KEY), log }).verifyAudit()
    console.log(broken === null ? 'The audit chain is whole.' : `The audit chain is broken at record ${broken}.`)
    return broken === null
  },
}

const run = commands[command]
if (run === undefined) {
  console.log(usage)
  process.exit(command === '' || command === 'help' ? 0 : 2)
}
try {
  process.exit((await run(args)) ? 0 : 1)
} catch (error) {
  const hint = isGatewayError(error) && error.hint !== undefined ? `\n  ${error.hint}` : ''
  console.error(`${error instanceof Error ? error.message : String(error)}${hint}`)
  process.exit(isGatewayError(error) && error.code === 'bad_request' ? 2 : 1)
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}
