/** Options of {@link securityHeaders}. */
export interface SecurityHeadersOptions {
  /** Whether browsers reach the studio over https. */
  readonly secure: boolean;
}

/** Headers of every answer. The policy of content has its own function because a page carries a nonce. */
export function securityHeaders(options: SecurityHeadersOptions): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    // Invite links name a room: other sites must not learn them.
    'referrer-policy': 'same-origin',
    'permissions-policy':
      'microphone=(self), camera=(self), display-capture=(self), autoplay=(self), geolocation=(), payment=(), usb=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
    ...(options.secure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

/**
 * The content security policy. Scripts and worklets come from files of this server alone; `styleNonce` admits the style
 * elements that the dialog library adds while a dialog is open.
 */
export function contentSecurityPolicy(styleNonce: string | null): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self'${styleNonce === null ? '' : ` 'nonce-${styleNonce}'`}`,
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
