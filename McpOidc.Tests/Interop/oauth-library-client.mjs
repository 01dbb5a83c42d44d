// An OAuth library without MCP support: discovery, registration, PKCE, code redemption, id_token validation, refresh; calls use plain HTTP.
//   node oauth-library-client.mjs <url of the MCP server> <redirect URI> <openid-client-5, openid-client or oauth4webapi>
import { load, reader, say } from './lines.mjs';
import { serve } from './provider.mjs';

const [server, redirectUri, library] = process.argv.slice(2);
const read = reader();
const metadata = {
  client_name: library,
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};
// The servers under test move their clocks; this process does not.
const tolerance = 2 * 3600;
const scope = 'openid email profile';
const resource = server;
const parts = new URL(server);
const resourceMetadata = await (await fetch(`${parts.origin}/.well-known/oauth-protected-resource${parts.pathname}`)).json();
const issuer = resourceMetadata.authorization_servers[0];

async function visit(url) {
  say({ open: `${url}` });
  return new URL((await read()).redirected);
}

const libraries = {
  'openid-client-5': async () => {
    const { Issuer, custom, generators } = (await load('openid-client-5/lib/index.js')).default;
    const found = await Issuer.discover(issuer);
    const client = await found.Client.register(metadata);
    client[custom.clock_tolerance] = tolerance;
    return {
      signIn: async () => {
        const [verifier, state, nonce] = [generators.codeVerifier(), generators.state(), generators.nonce()];
        const challenge = { code_challenge: generators.codeChallenge(verifier), code_challenge_method: 'S256' };
        const back = await visit(client.authorizationUrl({ scope, resource, state, nonce, ...challenge }));
        const checks = { code_verifier: verifier, state, nonce };
        const tokens = await client.callback(redirectUri, client.callbackParams(back.href), checks, { exchangeBody: { resource } });
        await client.userinfo(tokens);
        return tokens;
      },
      refresh: (token) => client.refresh(token),
    };
  },
  'openid-client': async () => {
    const client = await load('openid-client/build/index.js');
    const options = { execute: [client.allowInsecureRequests] };
    const configuration = await client.dynamicClientRegistration(new URL(issuer), { ...metadata, [client.clockTolerance]: tolerance }, client.None(), options);
    return {
      signIn: async () => {
        const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
        const challenge = { code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' };
        const url = client.buildAuthorizationUrl(configuration, { redirect_uri: redirectUri, scope, resource, state, nonce, ...challenge });
        const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
        const tokens = await client.authorizationCodeGrant(configuration, await visit(url), checks, { resource });
        await client.fetchUserInfo(configuration, tokens.access_token, tokens.claims().sub);
        return tokens;
      },
      refresh: (token) => client.refreshTokenGrant(configuration, token, { resource }),
    };
  },
  oauth4webapi: async () => {
    const oauth = await load('oauth4webapi/build/index.js');
    const insecure = { [oauth.allowInsecureRequests]: true };
    const url = new URL(issuer);
    const as = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure }));
    const client = await oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(as, metadata, insecure));
    client[oauth.clockTolerance] = tolerance;
    return {
      signIn: async () => {
        const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
        const asked = new URL(as.authorization_endpoint);
        const parameters = {
          client_id: client.client_id,
          redirect_uri: redirectUri,
          response_type: 'code',
          code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          scope,
          resource,
          state,
        };
        Object.entries(parameters).forEach(([name, value]) => asked.searchParams.set(name, value));
        const answer = oauth.validateAuthResponse(as, client, await visit(asked), state);
        const more = { additionalParameters: { resource }, ...insecure };
        const response = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), answer, redirectUri, verifier, more);
        return oauth.processAuthorizationCodeResponse(as, client, response);
      },
      refresh: async (token) => {
        const more = { additionalParameters: { resource }, ...insecure };
        const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), token, more);
        return oauth.processRefreshTokenResponse(as, client, response);
      },
    };
  },
};

const { signIn, refresh } = await libraries[library]();
let tokens;

async function post(name) {
  return fetch(server, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokens.access_token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } }),
  });
}

async function call(name) {
  let response = await post(name);
  if (response.status === 401) {
    tokens = { refresh_token: tokens.refresh_token, ...(await refresh(tokens.refresh_token)) };
    response = await post(name);
  }
  if (!response.ok) {
    throw new Error(`${response.status} ${await response.text()}`);
  }
  const data = (await response.text()).split('\n').find((line) => line.startsWith('data:') || line.startsWith('{'));
  return JSON.parse(data.replace(/^data:/, '')).result;
}

await serve(read, async () => (tokens = await signIn()), call);
