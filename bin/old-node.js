'use strict'
// The sentence about a Node that is too old; undefined for one that is not. Old-syntax JavaScript that imports nothing.
var parts = process.versions.node.split('.')
var isOld = Number(parts[0]) < 24 || (Number(parts[0]) === 24 && Number(parts[1]) < 15)

module.exports = isOld
  ? 'slipway: needs Node 24.15 or newer; this is Node ' +
    process.versions.node +
    ' (' +
    process.execPath +
    ').\n  Install a newer Node, or add one to the project, and run npm under it for the native parts that it left out:\n  npm install --save-dev node@24 && npx -c "npm install"'
  : undefined
