/** What a step would do, in one sentence of each language. Names of attributes and groups stand in it; values stand in the table beside it. */
import type { Writes } from '#core/account.ts'
import type { PlannedWrites } from '#core/approval-image.ts'
import type { Operation, Words } from '#core/plan.ts'

/** So many names are told; the others are counted. */
const mostNames = 6

export function toSentence(target: string, operation: Operation, outcome: PlannedWrites['outcome'], writes: Writes): Words {
  const [fr, en] = [french, english].map((language) => {
    const parts = partsOf(operation, writes).map(([part, names]) =>
      language.parts[part](names.slice(0, mostNames).join(', '), names.length - mostNames),
    )
    const head = language.heads[headOf(operation, outcome)](target)
    return parts.length === 0 ? `${head}.` : `${head}${language.colon} ${parts.join('; ')}.`
  })
  return { fr: fr ?? '', en: en ?? '' }
}

type Head = 'create' | 'modify' | 'delete' | 'nothing' | 'enable' | 'disable' | 'password'
type Part = 'sets' | 'clears' | 'joins' | 'leaves' | 'secret'

function headOf(operation: Operation, outcome: PlannedWrites['outcome']): Head {
  if (outcome !== 'modify') return outcome
  return operation === 'enable' || operation === 'disable' || operation === 'password' ? operation : 'modify'
}

function partsOf(
  operation: Operation,
  { attributes, memberships, secrets }: Writes,
): readonly (readonly [Part, readonly string[]])[] {
  const names = (isCleared: boolean) =>
    attributes.filter(({ after }) => (after.length === 0) === isCleared).map(({ attribute }) => attribute)
  const parts: readonly (readonly [Part, readonly string[]])[] = [
    ['sets', names(false)],
    ['clears', names(true)],
    ['joins', memberships.add],
    ['leaves', memberships.remove],
    ['secret', operation === 'password' ? [] : secrets],
  ]
  return parts.filter(([, named]) => named.length > 0)
}

interface Language {
  readonly colon: string
  readonly heads: Readonly<Record<Head, (target: string) => string>>
  readonly parts: Readonly<Record<Part, (names: string, others: number) => string>>
}

const more = (others: number, word: string) => (others > 0 ? ` (+ ${others} ${word})` : '')

const french: Language = {
  colon: ' :',
  heads: {
    create: (target) => `Crée un compte dans ${target}`,
    modify: (target) => `Modifie le compte dans ${target}`,
    delete: (target) => `Supprime définitivement le compte dans ${target}`,
    nothing: (target) => `Ne change rien dans ${target}`,
    enable: (target) => `Réactive le compte dans ${target}`,
    disable: (target) => `Désactive le compte dans ${target}`,
    password: (target) => `Change le mot de passe dans ${target}`,
  },
  parts: {
    sets: (names, others) => `renseigne ${names}${more(others, 'autres')}`,
    clears: (names, others) => `vide ${names}${more(others, 'autres')}`,
    joins: (names, others) => `ajoute aux groupes ${names}${more(others, 'autres')}`,
    leaves: (names, others) => `retire des groupes ${names}${more(others, 'autres')}`,
    secret: (names, others) => `pose le secret ${names}${more(others, 'autres')}`,
  },
}

const english: Language = {
  colon: ':',
  heads: {
    create: (target) => `Creates an account in ${target}`,
    modify: (target) => `Changes the account in ${target}`,
    delete: (target) => `Deletes the account in ${target} for good`,
    nothing: (target) => `Changes nothing in ${target}`,
    enable: (target) => `Enables the account in ${target} again`,
    disable: (target) => `Disables the account in ${target}`,
    password: (target) => `Changes the password in ${target}`,
  },
  parts: {
    sets: (names, others) => `sets ${names}${more(others, 'more')}`,
    clears: (names, others) => `clears ${names}${more(others, 'more')}`,
    joins: (names, others) => `adds to the groups ${names}${more(others, 'more')}`,
    leaves: (names, others) => `takes out of the groups ${names}${more(others, 'more')}`,
    secret: (names, others) => `sets the secret ${names}${more(others, 'more')}`,
  },
}
