/** `rules …`: rule sets checked, tried, brought in and put in force without a browser, for whoever writes them and for their CI. */
import type { Logger } from '#core/log.ts'
import { explainCommand } from './explain.ts'
import { importCommand } from './rule-import.ts'
import { lintCommand, testCommand } from './rule-tests.ts'
import { diffCommand, exportCommand, listCommand, publishCommand } from './rule-versions.ts'
import { simulateCommand } from './simulate.ts'
import { wrongUsage } from './words.ts'

/** Prints what it finds; answers whether all is well. */
type RulesCommand = (args: readonly string[], log: Logger) => Promise<boolean>

const commands: Readonly<Record<string, RulesCommand>> = {
  lint: lintCommand,
  test: testCommand,
  simulate: simulateCommand,
  explain: explainCommand,
  list: listCommand,
  import: importCommand,
  export: exportCommand,
  diff: diffCommand,
  publish: publishCommand,
}

/** Throws `bad_request` for wrong usage and for files that are not there. */
export async function rulesCommand([verb = '', ...rest]: readonly string[], log: Logger): Promise<boolean> {
  const command = commands[verb]
  if (command === undefined)
    throw wrongUsage(`rules does one of these: ${Object.keys(commands).join(', ')}`, 'npm run cli -- help')
  return command(rest, log)
}
