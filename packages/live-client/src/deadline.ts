/**
 * Settles as `promise` does, or rejects with what `late` makes when that takes longer.
 *
 * @param milliseconds - `0` waits for ever.
 */
export async function withDeadline<Value>(
  promise: Promise<Value>,
  milliseconds: number,
  late: () => Error,
): Promise<Value> {
  if (milliseconds === 0) return promise;
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), milliseconds);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
