/** `override`, as nixpkgs' `makeOverridable` gives it: a result made again with some arguments changed. */

/** Some arguments, or a function from those before to some. */
export type Change<A> = Partial<A> | ((before: A) => Partial<A>)

/** A result that can be made again. */
export interface Overridable<A, R> {
  /** The same with other arguments. */
  override(change: Change<A>): R
}

/** The arguments after a change. */
export function changed<A extends object>(given: A, change: Change<A>): A {
  return { ...given, ...(typeof change === 'function' ? change(given) : change) }
}
