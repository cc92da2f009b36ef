/** Names looked up without being reserved: for dry runs, explanations and simulations. */
import { coalesce } from '../coalesce.ts'
import type { Sql } from '../database.ts'
import { foldKey, type ReservationRequest } from './identity.ts'

export type NameQuestion = Omit<ReservationRequest, 'requestId'>

/** What `reserve` would give, and the candidates that others hold. */
export interface NamesLooked {
  readonly given: string | null
  readonly held: ReadonlySet<string>
}

export type NameLooker = (question: NameQuestion) => Promise<NamesLooked>

/** Questions that arrive together are one statement. */
export function createNameLooker(sql: Sql): NameLooker {
  return coalesce<NameQuestion, NamesLooked>(
    async (questions) => {
      const spaces = [...new Set(questions.flatMap(({ namespaces }) => namespaces))]
      const values = [...new Set(questions.flatMap(({ candidates }) => candidates.map(foldKey)))]
      const taken = await sql<Taken[]>`
        select namespace, value, owner from reservation where namespace = any(${spaces}) and value = any(${values})`
      const byValue = Map.groupBy(taken, ({ value }) => value)
      return questions.map((question) => choose(question, byValue))
    },
    { limit: 100 },
  )
}

interface Taken {
  readonly namespace: string
  readonly value: string
  readonly owner: string
}

/** What the identity holds already comes first: asking twice gives the same name. */
function choose({ namespaces, candidates, owner }: NameQuestion, taken: ReadonlyMap<string, readonly Taken[]>): NamesLooked {
  const holders = (candidate: string) =>
    (taken.get(foldKey(candidate)) ?? []).filter(({ namespace }) => namespaces.includes(namespace)).map((row) => row.owner)
  const held = new Set(candidates.filter((candidate) => holders(candidate).some((holder) => holder !== owner)))
  const free = candidates.filter((candidate) => !held.has(candidate))
  return { given: free.find((candidate) => holders(candidate).includes(owner)) ?? free[0] ?? null, held }
}

/** How the reservations know an identity, also before it has a row. */
export function ownerOf({ source, externalId }: { readonly source: string; readonly externalId: string }): string {
  return `${source}|${foldKey(externalId)}`
}

type Identity = Parameters<typeof ownerOf>[0]
export type TrialsFor = ReturnType<typeof createTrialsFor>

/** For one identity, in the form in which rules try names: what it would be given, and what others hold. */
export function createTrialsFor(sql: Sql) {
  const look = createNameLooker(sql)
  return (identity: Identity) => {
    const owner = ownerOf(identity)
    return {
      look: (namespaces: readonly string[], candidates: readonly string[]) => look({ namespaces, candidates, owner }),
    }
  }
}

/** The same, in the form in which rules ask for a name. */
export function createNamesFor(sql: Sql) {
  const trialsFor = createTrialsFor(sql)
  return (identity: Identity) => {
    const { look } = trialsFor(identity)
    return {
      reserve: async (namespaces: readonly string[], candidates: readonly string[]) => (await look(namespaces, candidates)).given,
    }
  }
}
