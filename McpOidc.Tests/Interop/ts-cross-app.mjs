// The TypeScript MCP client (version 2) for a user whose organization vouches for them: no browser.
//   node ts-cross-app.mjs <url of the MCP server> <issuer> <client id> [<secret>]
// Says {"assert": {"audience", "resource"}} when it needs an assertion and expects {"assertion": jwt} in return; then {"connected": true};
// then answers each {"call": tool} with {"text": ...}. Without a secret it is a public client with its own DPoP key.
import { load, reader, say } from './lines.mjs';

const [server, expectedIssuer, clientId, clientSecret] = process.argv.slice(2);
const { Client, CrossAppAccessProvider, DpopSession, StreamableHTTPClientTransport } = await load(
  '@modelcontextprotocol/client/dist/index.mjs',
);
const read = reader();

const provider = new CrossAppAccessProvider({
  clientId,
  clientSecret: clientSecret ?? '',
  expectedIssuer,
  assertion: async ({ authorizationServerUrl, resourceUrl }) => {
    say({ assert: { audience: authorizationServerUrl, resource: resourceUrl } });
    return (await read()).assertion;
  },
});
if (!clientSecret) {
  const session = await DpopSession.create();
  provider.dpop = () => session;
  const information = provider.clientInformation();
  delete information.client_secret;
  provider.clientInformation = () => information;
  provider.clientMetadata.token_endpoint_auth_method = 'none';
}

const client = new Client({ name: 'interop', version: '1.0.0' });
try {
  await client.connect(new StreamableHTTPClientTransport(new URL(server), { authProvider: provider }));
  say({ connected: true });
  for (let command = await read(); command?.call; command = await read()) {
    const result = await client.callTool({ name: command.call, arguments: {} });
    say({ text: result.content.map((block) => block.text ?? '').join('') });
  }
} catch (error) {
  say({ error: `${error.stack ?? error}` });
}
process.exit(0);
