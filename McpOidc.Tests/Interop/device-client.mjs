// The device authorization grant with openid-client, which does not know MCP.
//   node device-client.mjs <issuer> <url of the MCP server> <client id>
import { load, say } from './lines.mjs';

const [issuer, resource, clientId] = process.argv.slice(2);
const client = await load('openid-client/build/index.js');
const options = { execute: [client.allowInsecureRequests] };
const configuration = await client.discovery(new URL(issuer), clientId, undefined, client.None(), options);
const verifier = client.randomPKCECodeVerifier();
const begun = await client.initiateDeviceAuthorization(configuration, {
  scope: 'email',
  resource,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
});
say({ verify: begun.verification_uri_complete });
const tokens = await client.pollDeviceAuthorizationGrant(configuration, begun, { code_verifier: verifier, resource });
const refreshed = await client.refreshTokenGrant(configuration, tokens.refresh_token, { resource });
say({ access_token: refreshed.access_token });
