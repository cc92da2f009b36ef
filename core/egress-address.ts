/**
 * Which addresses the gateway may call. A target's address is typed by people, and a name's address is said by whoever runs its DNS: without
 * this, either could make the gateway talk to its own machine, or to the service that hands out a cloud machine's credentials. Pure.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import { GatewayError } from './errors.ts'

/** Networks in which no target lies by default, and what they are (IANA's special-purpose registries; clouds' metadata services). */
const refused: readonly (readonly [string, string])[] = [
  ['0.0.0.0/8', 'this machine'],
  ['127.0.0.0/8', 'this machine'],
  ['::/128', 'this machine'],
  ['::1/128', 'this machine'],
  ['169.254.0.0/16', 'link-local, where clouds keep credentials of machines'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['100.100.100.200/32', 'a metadata service'],
  ['168.63.129.16/32', 'a metadata service'],
  ['192.0.0.0/24', 'a metadata service, or a protocol of the network'],
  ['fd00:ec2::/32', 'a metadata service'],
  ['fd20:ce::254/128', 'a metadata service'],
  ['224.0.0.0/4', 'multicast'],
  ['ff00::/8', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['2001::/32', 'a tunnel (Teredo)'],
]

export interface AddressRules {
  /** Null when the address may be called, else what it is. */
  refusal(address: string): string | null
}

/** @param allow addresses and networks (`127.0.0.1`, `10.0.0.0/8`, `::1`) that may be called although they are refused by default */
export function createAddressRules(allow: readonly string[]): AddressRules {
  const allowed = new BlockList()
  for (const network of allow) add(allowed, network)
  const blocked = refused.map(([network, what]) => {
    const list = new BlockList()
    add(list, network)
    return { list, what }
  })
  return {
    refusal(address) {
      const forms = formsOf(address)
      if (forms.length === 0) return 'no address'
      if (forms.some((form) => holds(allowed, form))) return null
      return blocked.find(({ list }) => forms.some((form) => holds(list, form)))?.what ?? null
    },
  }
}

/** Says whether the text is an address, or a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  if (isIP(address) === 0 || address.includes('%') || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128))
}

function add(list: BlockList, network: string): void {
  if (!isNetwork(network)) throw new GatewayError('config', 'an allowed network is no address and no network like 10.0.0.0/8')
  const [address = '', bits] = network.split('/')
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family)
}

const holds = (list: BlockList, address: string) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')

/** The address itself, and the IPv4 address that an IPv6 address carries: a translator on the way would call that one. */
function formsOf(address: string): readonly string[] {
  const bare = address.replace(/%.*$/, '')
  if (isIPv4(bare)) return [bare]
  if (!isIPv6(bare)) return []
  const groups = groupsOf(bare)
  const carried = carriers.flatMap(({ prefix, at }) =>
    prefix.every((group, index) => groups[index] === group) ? [ipv4At(groups, at)] : [],
  )
  return [bare, ...carried]
}

/** Mapped and compatible (RFC 4291 §2.5.5), SIIT (RFC 2765), NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056). */
const carriers: readonly { readonly prefix: readonly number[]; readonly at: number }[] = [
  { prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { prefix: [0, 0, 0, 0, 0, 0], at: 6 },
  { prefix: [0, 0, 0, 0, 0xffff, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 1], at: 6 },
  { prefix: [0x2002], at: 1 },
]

function groupsOf(address: string): readonly number[] {
  const dotted = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...bytes: string[]) => {
    const [first = 0, second = 0, third = 0, fourth = 0] = bytes.slice(0, 4).map(Number)
    return `${(first * 256 + second).toString(16)}:${(third * 256 + fourth).toString(16)}`
  })
  const [head = '', tail] = dotted.split('::')
  const parse = (part: string | undefined) => (part ? part.split(':').map((group) => Number.parseInt(group, 16)) : [])
  const [first, last] = [parse(head), parse(tail)]
  return tail === undefined ? first : [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
}

function ipv4At(groups: readonly number[], at: number): string {
  const [high = 0, low = 0] = groups.slice(at, at + 2)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
