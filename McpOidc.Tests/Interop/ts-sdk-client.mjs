// The official TypeScript MCP client, controlled by lines on standard input.
//   node ts-sdk-client.mjs <url of the MCP server> <redirect URI> <1 or 2: the version of the SDK> [<url of its metadata document>]
// Says {"open": url} when it needs the user and expects {"redirected": url} in return;
// then {"connected": true}; then answers each {"call": tool} with {"text": ...}.
import { load, reader } from './lines.mjs';
import { Provider, serve } from './provider.mjs';

const [server, redirectUri, version, metadataUrl] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport, UnauthorizedError } = version === '2'
  ? await load('@modelcontextprotocol/client/dist/index.mjs')
  : {
      ...(await load('@modelcontextprotocol/sdk/dist/esm/client/index.js')),
      ...(await load('@modelcontextprotocol/sdk/dist/esm/client/streamableHttp.js')),
      ...(await load('@modelcontextprotocol/sdk/dist/esm/client/auth.js')),
    };

const read = reader();
const provider = new Provider(redirectUri, 'TypeScript SDK', read, metadataUrl);
const client = new Client({ name: 'interop', version: '1.0.0' });

// Version 1 takes the code only; version 2 checks iss as well (RFC 9207).
const finish = (transport) => transport.finishAuth(version === '2' ? provider.parameters : provider.parameters.get('code'));

let transport = new StreamableHTTPClientTransport(new URL(server), { authProvider: provider });

/** Connects; if the user was needed, redeems the code and connects again, as the SDK requires. */
async function connect() {
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) {
      throw error;
    }
    await finish(transport);
    transport = new StreamableHTTPClientTransport(new URL(server), { authProvider: provider });
    await client.connect(transport);
  }
}

/** Calls a tool; if it needs more scopes than granted, asks the user again and repeats the call. */
async function call(name) {
  try {
    return await client.callTool({ name, arguments: {} });
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) {
      throw error;
    }
    await finish(transport);
    return await client.callTool({ name, arguments: {} });
  }
}

const lists = { tools: () => client.listTools(), prompts: () => client.listPrompts(), resources: () => client.listResources() };
const list = async (kind) => (await lists[kind]())[kind].map((one) => one.name).sort().join(' ');

await serve(read, connect, call, list);
