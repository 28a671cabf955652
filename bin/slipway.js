#!/usr/bin/env node
'use strict'
// Old-syntax JavaScript and nothing imported, so that any Node of the last ten years can read this file and say what is missing.
var parts = process.versions.node.split('.')
if (Number(parts[0]) < 24 || (Number(parts[0]) === 24 && Number(parts[1]) < 15)) {
  process.stderr.write(
    'slipway: needs Node 24.15 or newer; this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n  Install a newer Node, or add one to the project: npm install --save-dev node@24\n',
  )
  process.exit(1)
} else {
  require('./start.js')
}
