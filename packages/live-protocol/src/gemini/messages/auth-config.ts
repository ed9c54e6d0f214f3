/** How the service authenticates where the tool lives. The Gemini API knows `apiKey` only. */
export interface AuthConfig {
  apiKey?: string;
  apiKeyConfig?: {
    apiKeySecret?: string;
    apiKeyString?: string;
    httpElementLocation?: HttpElementLocation;
    name?: string;
  };
  authType?: AuthType;
  googleServiceAccountConfig?: { serviceAccount?: string };
  httpBasicAuthConfig?: { credentialSecret?: string };
  oauthConfig?: { accessToken?: string; serviceAccount?: string };
  oidcConfig?: { idToken?: string; serviceAccount?: string };
}

/** Kinds of {@link AuthConfig}. */
export type AuthType =
  | 'AUTH_TYPE_UNSPECIFIED'
  | 'NO_AUTH'
  | 'API_KEY_AUTH'
  | 'HTTP_BASIC_AUTH'
  | 'GOOGLE_SERVICE_ACCOUNT_AUTH'
  | 'OAUTH'
  | 'OIDC_AUTH';

/** Where in the request an API key goes. */
export type HttpElementLocation =
  | 'HTTP_IN_UNSPECIFIED'
  | 'HTTP_IN_QUERY'
  | 'HTTP_IN_HEADER'
  | 'HTTP_IN_PATH'
  | 'HTTP_IN_BODY'
  | 'HTTP_IN_COOKIE';
