import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scriptCommands } from './script-commands.ts'

function commands(script: string): readonly string[] {
  return scriptCommands(`#!/bin/sh\n${script}`).map(({ words }) => words.map((word) => word ?? '?').join('|'))
}

test('script commands: variables are expanded, split where they stand bare, kept where quoted', () => {
  assert.deepEqual(commands('v="a b"; export w=c\nrun $v "$v" x${w}y $empty\nunset v\nrun $v.'), [
    'run|a|b|a b|xcy|?',
    'run|.',
  ])
})

test('script commands: every branch is taken, and words that introduce commands are left out', () => {
  assert.deepEqual(commands('if [ -e x ]; then a; elif b; then c; else d; fi\ncase $1 in\nconfigure) ! e ;;\nesac'), [
    '[|-e|x|]',
    'a',
    'b',
    'c',
    'd',
    'fi',
    'case|?|in',
    'configure',
    'e',
    'esac',
  ])
})

test('script commands: a loop over a literal list is run for each word, loops within loops too', () => {
  assert.deepEqual(commands('l="x y"\nfor i in $l z; do\n for j in 1 2; do run $i$j; done\ndone\nend'), [
    ...['run|x1', 'run|x2', 'run|y1', 'run|y2', 'run|z1', 'run|z2', 'end'],
  ])
})

test('script commands: a loop over what only running tells has unknown words', () => {
  assert.deepEqual(commands('for i in $(ls); do run $i x; done\nwhile read l; do run $l; done'), [
    'run|?|x',
    'read|l',
    'run|?',
    'done',
  ])
})

test('script commands: an unknown value leaves an earlier literal standing', () => {
  assert.deepEqual(commands('p=5\nif foreign; then p=$(expr $p - 1); fi\nrun $p'), ['foreign', 'fi', 'run|5'])
})

test('script commands: functions are run where they are called, with their arguments', () => {
  assert.deepEqual(commands('f() {\n n="$1"\n run "$n" ${2}\n}\nf a b\nif x; then f c; fi\nf $(y) z'), [
    'run|a|b',
    'x',
    'run|c',
    'fi',
    'run|?|z',
  ])
})

test('script commands: a function that calls itself ends', () => {
  assert.ok(commands('f() { run; f; }\nf').length < 20)
})

test('script commands: only shell scripts are read', () => {
  for (const first of ['#!/bin/sh -e', '#! /bin/bash', '#!/usr/bin/env sh', '#!/bin/dash']) {
    assert.equal(scriptCommands(`${first}\nrun`).length, 1, first)
  }
  for (const first of ['#!/usr/bin/perl', '#!/usr/bin/python3', '', '#!/bin/shell']) {
    assert.equal(scriptCommands(`${first}\nrun`).length, 0, first)
  }
})

test('script commands: a default stands for what is empty, and never for what only running tells', () => {
  assert.deepEqual(commands('f() { run ${1:-a.$2} ${3:-b}; }\nf "" x\nf y\nrun ${HOME:-/root}'), [
    'run|a.x|b',
    'run|y|b',
    'run|?',
  ])
})
