/** `override`, as nixpkgs' `makeOverridable` gives it: a result made again with some arguments changed. */

/** Arguments to replace, or a function from the present arguments to those. */
export type Change<A> = Partial<A> | ((before: A) => Partial<A>)

/** Result that can be described again with other arguments. */
export interface Overridable<A, R> {
  /**
   * Returns the same description with some arguments replaced.
   *
   * @param change - the arguments to replace, or a function from the present arguments to those.
   */
  override(change: Change<A>): R
}

/** The arguments after a change. */
export function changed<A extends object>(given: A, change: Change<A>): A {
  return { ...given, ...(typeof change === 'function' ? change(given) : change) }
}
