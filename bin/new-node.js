'use strict'
// Refuses a Node that is too old, when slipway is imported. Old-syntax JavaScript that imports nothing else, so that any Node of the last ten years
// can read it.
var old = require('./old-node.js')

if (old !== undefined) throw new Error(old)
