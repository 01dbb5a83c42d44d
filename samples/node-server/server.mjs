// An MCP server on Node.js: its tokens come from McpOidc's authorization server, and its tools call an API as the user.
import cors from 'cors';
import express from 'express';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter, mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { Authority } from './authority.mjs';

const setting = (name, fallback) => process.env[name] ?? fallback ?? (() => { throw new Error(`Set ${name}.`); })();
const resource = new URL(setting('RESOURCE', 'http://localhost:3003/mcp'));
const api = setting('UPSTREAM_API', 'http://localhost:4002/userinfo');
const authority = await Authority.at(setting('AUTHORITY', 'http://localhost:4001'), setting('CLIENT_ID', 'mcp-node'), setting('CLIENT_SECRET'));

const scopes = setting('SCOPES', 'openid email profile').split(' ');

const text = (value) => ({ content: [{ type: 'text', text: value }] });

function createServer() {
  const server = new McpServer({ name: 'mcpoidc-sample-node-server', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Returns the signed-in user.' }, ({ authInfo }) => text(`${authInfo.extra.claims?.email} by ${authInfo.clientId}`));
  server.registerTool('upstream_profile', { description: 'Calls an API of the organisation as the person.' }, async ({ authInfo }) => {
    const response = await fetch(api, { headers: { authorization: `Bearer ${await authority.exchange(authInfo.token)}` }, signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`The API answered ${response.status}.`);
    return text(await response.text());
  });
  return server;
}

const app = express();
const about = { resourceServerUrl: resource, scopesSupported: scopes, resourceName: 'Node sample' };
// Browsers need permission to read the challenge.
app.use(cors({ exposedHeaders: ['WWW-Authenticate', 'Mcp-Session-Id'] }));
app.get('/health', (_, response) => response.json({ status: 'ok' }));
// The unmodified metadata of both servers, at the resource's path and, for older clients, at the root.
app.get('/.well-known/oauth-protected-resource', (request, _, next) => { request.url += resource.pathname; next(); });
app.use(mcpAuthMetadataRouter({ oauthMetadata: authority.metadata, ...about }));
app.use(mcpAuthRouter({ provider: authority.proxyProvider(), issuerUrl: new URL(authority.metadata.issuer), baseUrl: new URL(resource.origin), ...about }));
app.post(resource.pathname, requireBearerAuth({ verifier: authority, resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource) }), express.json(), async (request, response) => {
  const server = createServer();
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  response.on('close', () => server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
});
app.all(resource.pathname, (_, response) => response.status(405).set('Allow', 'POST').end());
app.listen(Number(resource.port || 3003), 'localhost', () => console.log(`MCP endpoint ${resource.href}`));
