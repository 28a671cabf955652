/**
 * Items of the numbered checklist of nixpkgs' tests of dockerTools that have no test here yet, and why. The test of checklist-archives
 * prints them.
 */

export interface Waiting {
  readonly items: readonly number[]
  readonly reason: string
}

export const waiting: readonly Waiting[] = [
  {
    items: [65, 66, 67, 68, 69, 70, 71, 72, 73],
    reason: 'images of development shells: wait for buildNixShellImage and a Nix package set',
  },
]
