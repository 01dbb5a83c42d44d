// The authorization server, as an MCP server on another stack sees it: metadata (RFC 8414), introspection (RFC 7662), token exchange (RFC 8693).
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';

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
    // Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1).
    this.credentials = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
  }

  /** Asked at every request: what was signed out a second ago is refused. Only tokens for this server's resource are active to it. */
  async verifyAccessToken(token) {
    const answer = await this.#post(this.metadata.introspection_endpoint, { token, token_type_hint: 'access_token' });
    if (!answer.active) throw new InvalidTokenError('The token is not valid here.');
    return { token, clientId: answer.client_id, scopes: (answer.scope ?? '').split(' '), expiresAt: answer.exp, extra: { subject: answer.sub } };
  }

  /** The person's own access token of the identity provider. The token that came in is for this server, and is never passed on. */
  async exchange(token) {
    const answer = await this.#post(this.metadata.token_endpoint, { grant_type: TOKEN_EXCHANGE, subject_token: token, subject_token_type: ACCESS_TOKEN });
    return answer.access_token;
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
