/** From what was read to a change: who it is about, what kind of change it is, and how people call the identity. */
import { foldKey } from '#core/ledger/identity.ts'
import type { RequestKind } from '#core/plan.ts'
import type { AttributeDelta, IncomingChange, ReadContext } from '../adapter.ts'
import type { Reading } from './reading.ts'
import { notUnderstood } from './refusal.ts'
import { offStatuses } from './vocabulary.ts'

/** What is known of an object besides its items. */
export interface Subject {
  readonly objectType: string
  /** Ids that the payload states, the best first. */
  readonly ids: readonly (string | null)[]
  readonly at: string
}

/** Objects that stand for a person or a service; `object` is one whose type the payload does not say. */
const defaultTypes = ['user', 'service', 'shadow', 'object']

/** The change that states a whole object: `create` (be as stated), or `disable` when the object says that it is off. */
export function wholeChange(reading: Reading, subject: Subject, context: ReadContext): IncomingChange {
  return toChange(reading, subject, context, isOff(reading.deltas) ? 'disable' : 'create', 'whole')
}

/** The change that a list of deltas asks for; null when it asks for nothing. */
export function partialChange(reading: Reading, subject: Subject, context: ReadContext): IncomingChange | null {
  const [removal] = reading.passwordRemovals
  if (removal !== undefined && reading.secrets.size === 0)
    throw notUnderstood(
      removal,
      'takes the password away, which no target can do',
      'Disable the identity, or send a new password.',
    )
  if (reading.deltas.length === 0 && reading.secrets.size === 0) return null
  return toChange(reading, subject, context, partialKind(reading), 'partial')
}

export function deletion(reading: Reading, subject: Subject, context: ReadContext): IncomingChange {
  return toChange(reading, subject, context, 'delete', 'partial')
}

/** Whether someone may have access decides the kind; what else the change holds travels with it. */
function partialKind({ deltas, secrets }: Reading): RequestKind {
  if (isOff(deltas)) return 'disable'
  if (statusesIn(deltas).includes('enabled')) return 'enable'
  if (deltas.length === 0) return 'password'
  if (secrets.size === 0 && deltas.every(({ name }) => name === 'association' || name.startsWith('association.')))
    return 'membership'
  return 'update'
}

/** The administrative status is what people decided, the effective one what midPoint made of it; either can switch off. */
function statusesIn(deltas: readonly AttributeDelta[]): readonly string[] {
  return ['administrativeStatus', 'effectiveStatus'].flatMap((name) => {
    const last = deltas.findLast((delta) => delta.name === name && delta.op !== 'remove')
    return last?.values.map(String) ?? []
  })
}

function isOff(deltas: readonly AttributeDelta[]): boolean {
  return statusesIn(deltas).some((status) => offStatuses.has(status))
}

function toChange(
  reading: Reading,
  subject: Subject,
  context: ReadContext,
  kind: RequestKind,
  mode: IncomingChange['mode'],
): IncomingChange {
  const accepted = context.objectTypes ?? defaultTypes
  if (!accepted.includes(subject.objectType))
    throw notUnderstood(
      subject,
      `is a ${subject.objectType}, which gets no account`,
      `This source takes ${accepted.join(', ')}. Leave other objects out of the notification, or add the type to the source's objectTypes.`,
    )
  return {
    kind,
    objectType: subject.objectType,
    externalId: identify(subject, context),
    displayName: displayName(reading.deltas, mode),
    mode,
    attributes: reading.deltas,
    keep: [...reading.keep],
    secrets: Object.fromEntries(reading.secrets),
    ignored: reading.ignored,
  }
}

function identify({ ids, at }: Subject, context: ReadContext): string {
  const stated = ids.filter((id): id is string => id !== null && id.trim() !== '')
  const called = context.externalId
  if (called !== undefined && stated.length > 0 && !stated.some((id) => foldKey(id) === foldKey(called)))
    throw notUnderstood(
      { at },
      'is about another identity than the call',
      'Name the same identity in the call and in the payload, or only in one of them.',
    )
  const id = stated[0] ?? called
  if (id === undefined)
    throw notUnderstood({ at }, 'does not say which identity it is about', 'Give the oid in the payload, or call with ?oid=….')
  if (id.length > 512 || /[\p{Cc}]/u.test(id))
    throw notUnderstood({ at }, 'has an id that cannot be kept', 'Use an id of at most 512 printable characters.')
  return id
}

function displayName(deltas: readonly AttributeDelta[], mode: IncomingChange['mode']): string | null {
  const first = (name: string) => deltas.findLast((delta) => delta.name === name && delta.op === 'replace')?.values[0]
  const called = first('fullName') ?? first('displayName')
  if (called !== undefined || mode === 'partial') return called === undefined ? null : String(called)
  const parts = [first('givenName'), first('familyName')].filter((part) => part !== undefined)
  return parts.length > 0 ? parts.join(' ') : (first('name')?.toString() ?? null)
}
