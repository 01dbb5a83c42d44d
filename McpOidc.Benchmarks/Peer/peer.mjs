// One process of the npm package mcp-oidc-provider for the load rig: "auth" is its authorization server, "mcp" a protected server. Node
// runs this text with the clone as the working directory (--eval), so imports resolve there and this repository contains nothing of the
// package.
import KeyvRedis from '@keyv/redis';
import { Keyv } from 'keyv';

const { PEER_ISSUER: issuer, PEER_MCP_ORIGIN: mcpOrigin, PEER_PORT: port, PEER_PROVIDER: provider, PEER_REDIS: redis, PEER_JWKS: jwks } = process.env;

// Each Keyv writes its own namespace into a shared adapter, which names keys by the last one: records of one kind are then looked up under
// the name of another. Without a namespace in the adapter, only the prefix of each Keyv counts.
const adapter = new KeyvRedis(redis);
Object.defineProperty(adapter, 'namespace', { get: () => undefined, set: () => {} });
const store = new Keyv({ store: adapter });

async function startAuthServer() {
  const { OidcClient, createOidcServer } = await import('mcp-oidc-provider/oidc');
  const { allowInsecureRequests, discovery } = await import('openid-client');
  const client = { issuer: provider, clientId: 'peer', clientSecret: 'secret', redirectUri: `${issuer}/oauth/callback`, scopes: 'openid email profile offline_access' };
  const idpClient = new OidcClient(client);
  // The package's own discovery rejects a provider without TLS, and has no setting to allow it.
  idpClient.oidcConfig = await discovery(new URL(provider), client.clientId, client.clientSecret, undefined, { execute: [allowInsecureRequests] });
  await createOidcServer({
    idpClient,
    store,
    baseUrl: issuer,
    port: Number(port),
    secret: 'the load rig has a secret of its own for the peer',
    jwks: JSON.parse(jwks),
  }).start();
}

async function startMcpServer() {
  const { default: express } = await import('express');
  const { createMcpAuthProvider } = await import('mcp-oidc-provider/mcp');
  const { ProxyOAuthServerProvider } = await import('@modelcontextprotocol/sdk/server/auth/providers/proxyProvider.js');
  const { requireBearerAuth } = await import('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js');
  const { mcpAuthRouter } = await import('@modelcontextprotocol/sdk/server/auth/router.js');
  const auth = createMcpAuthProvider({ oidcBaseUrl: issuer, store, mcpServerBaseUrl: mcpOrigin });
  const verifier = new ProxyOAuthServerProvider(auth.proxyOAuthServerProviderConfig);
  const answer = (_request, response) => response.send('ok');
  express()
    .use(auth.mcpRoutes)
    .use(mcpAuthRouter({ provider: verifier, issuerUrl: new URL(issuer), baseUrl: new URL(mcpOrigin), resourceServerUrl: new URL('/mcp', mcpOrigin) }))
    .use(express.json())
    .post('/open', answer)
    .post('/protected', requireBearerAuth({ verifier, resourceMetadataUrl: auth.resourceMetadataUrl }), answer)
    .listen(Number(port));
}

await (process.argv[1] === 'auth' ? startAuthServer() : startMcpServer());
