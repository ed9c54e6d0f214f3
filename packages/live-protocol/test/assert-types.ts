/** Compile-time assertions: a wrong one is an error of the type check. */

/** Fails to compile unless `T` is `true`. */
export type Expect<T extends true> = T;

/** Whether a value of either type can stand where the other is wanted. */
export type MutuallyAssignable<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/**
 * Whether both types are the same all the way down: field names too, which assignability does not see where fields are
 * optional.
 */
export type Agree<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
