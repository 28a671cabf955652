#!/usr/bin/env node
'use strict'
// `slipway prefetch` under the name that nixpkgs gives it.
process.argv.splice(2, 0, 'prefetch')
require('./slipway.js')
