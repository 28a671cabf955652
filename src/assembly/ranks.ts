/** Ranks, lowest first, of the trees that may provide a path: base, packages, files computed for them, accounts, contents. Edits come last. */
export const ranks = { base: 0, packages: 1, computed: 2, accounts: 3, contents: 4 } as const
