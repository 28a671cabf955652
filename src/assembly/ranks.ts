/** Ranks of who wins at a path: a base below, packages, what they need together, contents; edits come after all of them. */
export const ranks = { base: 0, packages: 1, computed: 2, accounts: 3, contents: 4 } as const
