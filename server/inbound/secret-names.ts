/**
 * Names under which people send passwords. A password among ordinary attributes would be stored, indexed and shown, so both
 * the native format and the adapters must notice it by its name.
 */

const endings = /(?:password|passwd|passphrase|passcode|motdepasse|passwort|kennwort|contrasena|wachtwoord|parola|clearvalue)$/
const whole = new Set([
  'pwd',
  'unicodepwd',
  'userpwd',
  'newpwd',
  'mdp',
  'pin',
  'secret',
  'clientsecret',
  'apikey',
  'privatekey',
  'krbprincipalkey',
])
/** `mustChangePassword` and its like are switches, not passwords. */
const switches = /^(?:must|can|may|cannot|force|no|has|is|ask|require|allow)(?=[A-Z_-])/

/** Says whether a value of this name is a secret, however the name is cased, accented or punctuated. */
export function isSecretName(name: string): boolean {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
  return whole.has(plain) || (endings.test(plain) && !switches.test(name))
}
