import assert from 'node:assert/strict'
import { test } from 'node:test'
import jsonata from 'jsonata'
import { rootNames } from './root-names.ts'

const namesIn = (expression: string) => rootNames(jsonata(expression).ast()).map(({ name }) => name)

test('names are the identity’s where nothing else is looked at', () => {
  const expressions: Readonly<Record<string, readonly string[]>> = {
    mail: ['mail'],
    'identity.login': ['identity'],
    "phones[type = 'work'].number": ['phones'],
    "$exists(title) ? title & ' ' & name : 'n/a'": ['title', 'title', 'name'],
    '$map(groups, function($g) { $g.name & prefix })': ['groups', 'prefix'],
    '[a, {"k": b, c: d}, -e]': ['a', 'b', 'c', 'd', 'e'],
    '($x := f; $x.g; $$.h; $.i)': ['f', 'h', 'i'],
    'people.(first & last)': ['people'],
    'people[$$.limit > age]^(name){kind: $sum(age)}': ['people', 'limit'],
    'a ~> $uppercase ~> |$|{"x": y}|': ['a'],
    "'text'": [],
  }

  for (const [expression, names] of Object.entries(expressions)) assert.deepEqual(namesIn(expression), names, expression)
})

test('each name is told with its place', () => {
  assert.deepEqual(rootNames(jsonata("first & ', ' & last").ast()), [
    { name: 'first', offset: 0 },
    { name: 'last', offset: 15 },
  ])
})
