// panva's oidc-provider as the upstream identity provider: a certified third-party implementation.
//   node panva-idp.mjs <port> <redirect URI of the client mcpoidc> [its key set, in place of a secret]
// Says {"issuer": url} once it listens, then answers each {"ask": "refreshes"} with their number. Ends when its standard input closes.
import { load, reader, say } from './lines.mjs';

const { default: Provider } = await load('oidc-provider/lib/index.js');

const [port, redirectUri, jwks] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'mcpoidc',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...(jwks
        ? { token_endpoint_auth_method: 'private_key_jwt', jwks: JSON.parse(jwks) }
        : { token_endpoint_auth_method: 'client_secret_post', client_secret: 'interop-secret' }),
    },
  ],
  cookies: { keys: ['interop'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Panva ${id}`, email: `${id}@example.com`, email_verified: true }),
  }),
  features: { devInteractions: { enabled: true } },
  ttl: { AccessToken: 120 },
  rotateRefreshToken: true,
});
let refreshes = 0;
provider.on('grant.success', (context) => {
  refreshes += context.oidc.params.grant_type === 'refresh_token' ? 1 : 0;
});
for (const event of ['grant.error', 'authorization.error', 'userinfo.error', 'server_error']) {
  provider.on(event, (_, error) => console.error(event, error.message, error.error_description ?? ''));
}
provider.listen(Number(port), 'localhost', () => say({ issuer }));

const read = reader();
while (await read()) {
  say({ refreshes });
}
process.exit(0);
