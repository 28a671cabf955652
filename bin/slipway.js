#!/usr/bin/env node
'use strict'
// Old-syntax JavaScript, so that any Node of the last ten years can read this file and say what is missing.
var old = require('./old-node.js')

if (old !== undefined) {
  process.stderr.write([old, ''].join('\n'))
  process.exit(1)
} else {
  require('./start.js')
}
