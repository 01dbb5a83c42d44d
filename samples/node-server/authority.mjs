// The authorization server, as used by an MCP server on another stack: metadata (RFC 8414), introspection (RFC 7662), token exchange (RFC
// 8693), clients by id (RFC 7592 §2.1, with this server's own credentials).
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { ProxyOAuthServerProvider } from '@modelcontextprotocol/sdk/server/auth/providers/proxyProvider.js';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

export class Authority {
  static async at(issuer, clientId, clientSecret) {
    const response = await fetch(`${issuer}/.well-known/oauth-authorization-server`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`${issuer} answered ${response.status}.`);
    return new Authority(await response.json(), clientId, clientSecret);
  }

  constructor(metadata, clientId, clientSecret) {
    this.metadata = metadata;
    // The id and the secret are form-encoded before they are joined (RFC 6749 §2.3.1).
    this.credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
  }

  /** Called for every request, so a sign-out takes effect within a second. Only tokens for this server's resource are active. */
  async verifyAccessToken(token) {
    const answer = await this.#post(this.metadata.introspection_endpoint, { token, token_type_hint: 'access_token' });
    if (!answer.active) throw new InvalidTokenError('The token is not valid here.');
    const extra = { subject: answer.sub, claims: answer.claims, customData: answer.custom_data };
    return { token, clientId: answer.client_id, scopes: (answer.scope ?? '').split(' '), expiresAt: answer.exp, extra };
  }

  /** The user's own access token from the identity provider. The incoming token is for this server, and is never forwarded. */
  async exchange(token) {
    const answer = await this.#post(this.metadata.token_endpoint, { grant_type: TOKEN_EXCHANGE, subject_token: token, subject_token_type: ACCESS_TOKEN });
    return answer.access_token;
  }

  /** A client's registration, without its secret; undefined for an unknown client. */
  async getClient(clientId) {
    const response = await fetch(`${this.metadata.registration_endpoint}/${encodeURIComponent(clientId)}`, {
      headers: { authorization: `Basic ${this.credentials}`, accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`The client could not be read: ${response.status}.`);
    return response.json();
  }

  /** For clients of MCP 2025-03-26, which look for the endpoints here. Public clients only: this server does not know client secrets. */
  proxyProvider() {
    const { authorization_endpoint, token_endpoint, revocation_endpoint, registration_endpoint } = this.metadata;
    return new ProxyOAuthServerProvider({
      endpoints: {
        authorizationUrl: authorization_endpoint,
        tokenUrl: token_endpoint,
        revocationUrl: revocation_endpoint,
        registrationUrl: registration_endpoint,
      },
      verifyAccessToken: (token) => this.verifyAccessToken(token),
      getClient: (clientId) => this.getClient(clientId),
    });
  }

  async #post(url, fields) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${this.credentials}`, accept: 'application/json' },
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${url} answered ${response.status} ${answer.error ?? ''}.`);
    return answer;
  }
}
