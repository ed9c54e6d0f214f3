/**
 * Tells whether the page is hidden, now and whenever that changes, until the returned function is called. A page whose
 * video floats above others is seen.
 */
export function watchPageVisibility(changed: (isHidden: boolean) => void): () => void {
  if (typeof document === 'undefined') return () => {};
  const tell = () => changed(document.visibilityState === 'hidden' && !document.pictureInPictureElement);
  document.addEventListener('visibilitychange', tell);
  tell();
  return () => document.removeEventListener('visibilitychange', tell);
}
