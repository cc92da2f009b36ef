/** The small in-process target keeps the same contract as the real ones; otherwise what is tested on it would mean nothing. */
import { createMemoryTarget } from '#connectors/kit/memory.ts'
import { contractSuite } from './suite.ts'

const { connector, store } = createMemoryTarget()

contractSuite({
  connector,
  traits: {
    login: 'login',
    text: 'displayName',
    empty: 'title',
    multivalued: 'mail',
    secret: 'password',
    disable: true,
    groups: true,
    proxied: false,
    throttles: 'It is an object in this process and takes whatever is asked of it.',
    expires: 'It is an object in this process, and nobody logs in to it.',
  },
  open: async () => ({
    config: { groups: ['staff', 'admins'] },
    proxied: null,
    broken: [],
    groups: { staff: 'staff', admins: 'admins', missing: 'nobody' },
    sample(n, name = `User ${n}`) {
      const login = `${name}-${n}`
      return { attributes: { login: [login], displayName: [name] }, correlate: { login: [login] } }
    },
    async dump() {
      const accounts = [...store().values()].map(({ version: _version, nativeId: _nativeId, ...account }) => account)
      return JSON.stringify(accounts.map(canonical).toSorted(), null, 1)
    },
    async drift(account, attribute, values) {
      const present = store().get(account.nativeId)
      if (present === undefined) throw new Error('nobody to change')
      const { [attribute]: _replaced, ...rest } = present.attributes
      const attributes = values.length === 0 ? rest : { ...rest, [attribute]: values }
      store().set(account.nativeId, { ...present, attributes, version: crypto.randomUUID() })
    },
    async [Symbol.asyncDispose]() {},
  }),
})

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([left], [right]) => left.localeCompare(right)))
      : part,
  )
}
