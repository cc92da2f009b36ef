/** The guards of what the gateway calls and keeps of it: the way out, HTTP for connectors, the cache; see `mutations.ts`. */
import type { Mutation } from './mutations.ts'

const addresses = 'core/egress-address.test.ts'
const egress = 'tests/egress.test.ts'
const cache = 'tests/cache.test.ts'
const http = 'connectors/kit/http.test.ts'

export const outgoingMutations: readonly Mutation[] = [
  {
    guard: 'egress: an address inside another one is seen',
    file: 'core/egress-address.ts',
    find: '  { prefix: [0x64, 0xff9b, 1], at: 6 },\n',
    replace: '',
    test: { file: addresses, name: 'this machine, link-local addresses, metadata services' },
    isFast: true,
  },
  {
    guard: 'egress: where clouds keep credentials is not called',
    file: 'core/egress-address.ts',
    find: "  ['169.254.0.0/16', 'link-local, where clouds keep credentials of machines'],\n",
    replace: '',
    test: { file: addresses, name: 'this machine, link-local addresses, metadata services' },
    isFast: true,
  },
  {
    guard: 'egress: what a target allows is a network, and not a name',
    file: 'core/egress-address.ts',
    find: "if (isIP(address) === 0 || address.includes('%') || more.length > 0) return false",
    replace: "if (address.includes('%') || more.length > 0) return false",
    test: { file: addresses, name: 'an allow-list holds addresses and networks only' },
    isFast: true,
  },
  {
    guard: 'egress: certificates are checked',
    file: 'core/egress-connection.ts',
    find: 'rejectUnauthorized: true',
    replace: 'rejectUnauthorized: false',
    test: { file: egress, name: 'a certificate that nobody vouches for is refused' },
  },
  {
    guard: 'egress: credentials do not go in clear to another machine',
    file: 'core/egress-connection.ts',
    find: 'if (tls || allowClearText || isHere) return',
    replace: 'if (tls || !allowClearText || isHere) return',
    test: { file: egress, name: 'clear text goes to this machine only' },
  },
  {
    guard: 'egress: a header cannot become two',
    file: 'core/egress.ts',
    find: '      refuseHeaders(call.headers ?? {})\n',
    replace: '',
    test: { file: egress, name: 'a header that would become two is refused' },
  },
  {
    guard: 'egress: an answer is read up to a size',
    file: 'core/egress.ts',
    find: 'if (size > maxBytes) {',
    replace: 'if (size < 0) {',
    test: { file: egress, name: 'a small answer that unpacks to a large one' },
  },
  {
    guard: 'egress: a write that was sent and not answered may have been done',
    file: 'core/egress.ts',
    find: 'if (!sent) return',
    replace: 'if (sent || !sent) return',
    test: { file: egress, name: 'a write that was sent and not answered has an unknown outcome' },
  },
  {
    guard: 'http: a server that fails may have done its work before',
    file: 'connectors/kit/http.ts',
    find: "const lost = effect === 'write'\n",
    replace: 'const lost = false\n',
    test: { file: http, name: 'every status has a meaning' },
    isFast: true,
  },
  {
    guard: 'http: a value cannot leave its place in a path',
    file: 'connectors/kit/http.ts',
    find: "if (value !== '' && value !== '.' && value !== '..' && value.isWellFormed())",
    replace: 'if (value.isWellFormed())',
    test: { file: http, name: 'values stay in their places' },
    isFast: true,
  },
  {
    guard: 'http: a token that is refused is renewed, once',
    file: 'connectors/kit/http.ts',
    find: 'if (answer.status === 401 && (',
    replace: 'if (answer.status === 499 && (',
    test: { file: http, name: 'an access token that is refused is renewed once' },
    isFast: true,
  },
  {
    guard: 'cache: what leaves the process is sealed',
    file: 'core/cache-stores.ts',
    find: 'sealer.seal(purposeOf(key), text)',
    replace: 'Buffer.from(text)',
    test: { file: cache, name: 'holds neither tokens nor names in clear' },
  },
  {
    guard: 'cache: what was forgotten while it was asked for is not kept',
    file: 'core/cache.ts',
    find: 'if (ttlMs > 0 && !flight.isForgotten)',
    replace: 'if (ttlMs > 0)',
    test: { file: cache, name: 'what was forgotten while it was being asked for is not kept' },
  },
  {
    guard: 'cache: what could not be removed is not believed',
    file: 'core/cache-stores.ts',
    find: '      if (distrusted.has(key)) return null\n',
    replace: '',
    test: { file: cache, name: 'may come back with what was to be forgotten' },
  },
  {
    guard: 'cache: another configuration of a target knows nothing of the old one’s',
    file: 'core/cache.ts',
    find: 'passerelle:cache:${target}:${revision}:',
    replace: 'passerelle:cache:${target}:',
    test: { file: cache, name: 'a change of the target’s configuration makes everything unknown' },
  },
]
