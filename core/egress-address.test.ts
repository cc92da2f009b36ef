import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAddressRules, isNetwork } from './egress-address.ts'

const standard = createAddressRules([])

test('this machine, link-local addresses, metadata services and multicast are refused, however they are written', () => {
  const refused = [
    ...['127.0.0.1', '127.255.0.3', '0.0.0.0', '169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16'],
    ...['192.0.0.192', '224.0.0.251', '255.255.255.255', '::', '::1', '0:0:0:0:0:0:0:1', 'fe80::1', 'fe80::1%eth0', 'fec0::1'],
    ...['fd00:ec2::254', 'fd20:ce::254', 'ff02::1', '2001:0:1234::1'],
    // An IPv4 address inside an IPv6 address: mapped, compatible, translated (SIIT, NAT64), 6to4.
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:169.254.169.254', '::127.0.0.1', '::ffff:0:127.0.0.1'],
    ...['64:ff9b::169.254.169.254', '64:ff9b::7f00:1', '64:ff9b:1::a9fe:a9fe', '2002:7f00:1::', '2002:a9fe:a9fe:1::1'],
  ]

  for (const address of refused) assert.notEqual(standard.refusal(address), null, address)
})

test('public addresses and the private networks in which targets live are called', () => {
  const allowed = ['93.184.216.34', '10.1.2.3', '172.16.0.9', '192.168.1.1', '100.64.0.1', '2606:4700::1111', 'fd12:3456::1']

  for (const address of [...allowed, '::ffff:10.1.2.3', '64:ff9b::8.8.8.8'])
    assert.equal(standard.refusal(address), null, address)
})

test('what a target allows is called, and nothing next to it', () => {
  const rules = createAddressRules(['127.0.0.1', 'fe80::/64', '169.254.0.0/24'])

  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', 'fe80::2', '169.254.0.9'])
    assert.equal(rules.refusal(address), null, address)
  for (const address of ['127.0.0.2', '::1', 'fe80:0:0:1::2', '169.254.169.254'])
    assert.notEqual(rules.refusal(address), null, address)
})

test('what is no address is refused', () => {
  for (const text of ['', 'localhost', '127.1', '2130706433', '1.2.3', 'fe80']) assert.equal(standard.refusal(text), 'no address')
})

test('an allow-list holds addresses and networks only', () => {
  for (const good of ['10.0.0.1', '10.0.0.0/8', '0.0.0.0/0', '::1', 'fd00::/8']) assert.equal(isNetwork(good), true, good)
  for (const bad of ['localhost', '10.0.0.0/33', '10.0.0.0/', '::1/129', '10.0.0.0/8/9', 'fe80::1%eth0', '', '10.0.0.0/-1'])
    assert.equal(isNetwork(bad), false, bad)

  assert.throws(() => createAddressRules(['localhost']), { code: 'config' })
})
