/**
 * Passes the page's nonce on to the dialog library, whose scroll lock adds a style element while a dialog is open: the
 * content security policy admits no other.
 */
export function admitLibraryStyles(): void {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
  // `get-nonce`, which the library uses, looks for this name of webpack's.
  if (nonce) Object.assign(globalThis, { __webpack_nonce__: nonce });
}
