/** Systems in which a user has one secret: its password. */
import { GatewayError } from '#core/errors.ts'
import { kitPhrases } from './phrases.ts'

/** Throws `config` when rules set a secret under another name than the one under which the target takes its password. */
export function refuseOtherSecrets(names: readonly string[], passwordAttribute: string): void {
  const other = names.find((name) => name !== passwordAttribute)
  if (other === undefined) return
  throw new GatewayError('config', `${other} is not where this target takes a password`, {
    sent: 'no',
    at: other,
    hint: kitPhrases.passwordName({ name: passwordAttribute }),
  })
}
