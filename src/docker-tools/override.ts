/** `override`, as nixpkgs' `makeOverridable` gives it: a result made again with some arguments changed. */

import { refuse } from '../base/check.ts'
import { isPlainObject } from '../base/document.ts'

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

/** Returns the arguments after a change. */
export function changed<A extends object>(given: A, change: Change<A>): A {
  const more: unknown = typeof change === 'function' ? change(given) : change
  if (!isPlainObject(more))
    return refuse('override: the change', more, 'an object of arguments, or a function that returns one')
  return { ...given, ...more }
}
