import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Comparison, formatRelations, parseParagraphs, parseRelations, type RelationGroup } from './control.ts'

describe('control: paragraphs', () => {
  test('fields are found in any case, folded values keep their lines, comments and empty paragraphs are passed over', () => {
    const [first, second, ...more] = parseParagraphs(
      '\n# said by hand\nPackage: a\r\nDescription: short\n long\n .\n more\n\n \n\nPACKAGE:b\nnonsense\n',
    )
    assert.deepEqual(
      [...(first ?? [])],
      [
        ['package', 'a'],
        ['description', 'short\nlong\n.\nmore'],
      ],
    )
    assert.deepEqual([...(second ?? [])], [['package', 'b']])
    assert.deepEqual(more, [])
  })

  test('a name that is not ASCII survives as latin1 and as UTF-8', () => {
    const bytes = Buffer.from('Maintainer: Jürgen\n')
    assert.equal(parseParagraphs(bytes.toString('utf8'))[0]?.get('maintainer'), 'Jürgen')
    assert.equal(
      Buffer.from(parseParagraphs(bytes.toString('latin1'))[0]?.get('maintainer') ?? '', 'latin1').toString('utf8'),
      'Jürgen',
    )
  })
})

describe('control: relations', () => {
  test('versions, alternatives, architecture qualifiers; lists of architectures and profiles are passed over', () => {
    assert.deepEqual(
      parseRelations('libc6 (>= 2.36), perl:any, awk|mawk ( << 2:1~ ), x [amd64 !i386] <!nocheck> <cross>'),
      [
        [{ name: 'libc6', comparison: '>=', version: '2.36' }],
        [{ name: 'perl' }],
        [{ name: 'awk' }, { name: 'mawk', comparison: '<<', version: '2:1~' }],
        [{ name: 'x' }],
      ],
    )
  })

  test('the old < and > mean "or equal"', () => {
    assert.deepEqual(
      parseRelations('a (< 1), b (> 1)')
        .flat()
        .map(({ comparison }) => comparison),
      ['<=', '>='],
    )
  })

  test('what is written is read back', () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,8}$/)
    const plain = { noNullPrototype: true }
    const bound = fc.record(
      {
        name,
        comparison: fc.constantFrom<Comparison>('<<', '<=', '=', '>=', '>>'),
        version: fc.stringMatching(/^[0-9][0-9a-z.:~+-]{0,5}$/),
      },
      plain,
    )
    const group: fc.Arbitrary<RelationGroup> = fc.array(fc.oneof(bound, fc.record({ name }, plain)), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(fc.array(group, { maxLength: 4 }), (groups) =>
        assert.deepEqual(parseRelations(groups.map(formatRelations).join(', ')), groups),
      ),
    )
  })
})
