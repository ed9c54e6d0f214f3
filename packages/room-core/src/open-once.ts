/** Whoever asks for the same at once, or later, gets the same; what failed is opened anew for whoever asks next. */
export function openOnce<T>(
  opened: Map<string, Promise<T>>,
  key: string,
  open: (key: string) => Promise<T>,
): Promise<T> {
  const known = opened.get(key);
  if (known) return known;
  const opening = open(key);
  opened.set(key, opening);
  opening.catch(() => {
    if (opened.get(key) === opening) opened.delete(key);
  });
  return opening;
}
