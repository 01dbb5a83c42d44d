// The official TypeScript MCP client, told by lines on standard input what to do.
//   node ts-sdk-client.mjs <url of the MCP server> <redirect URI> <1 or 2: the version of the SDK> [<url of its metadata document>]
// Says {"open": url} when a person is needed and expects {"redirected": url} for it;
// then {"connected": true}; then answers each {"call": tool} with {"text": ...}.
import { load, reader, say } from './lines.mjs';

const [server, redirectUri, version, metadataUrl] = process.argv.slice(2);
const { Client, StreamableHTTPClientTransport, UnauthorizedError } = version === '2'
  ? await load('@modelcontextprotocol/client/dist/index.mjs')
  : {
      ...(await load('@modelcontextprotocol/sdk/dist/esm/client/index.js')),
      ...(await load('@modelcontextprotocol/sdk/dist/esm/client/streamableHttp.js')),
      ...(await load('@modelcontextprotocol/sdk/dist/esm/client/auth.js')),
    };

const read = reader();

class Provider {
  #held = {};
  #state;

  get redirectUrl() {
    return redirectUri;
  }

  get clientMetadata() {
    return {
      client_name: 'TypeScript SDK',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  get clientMetadataUrl() {
    return metadataUrl;
  }

  state() {
    return (this.#state = crypto.randomUUID());
  }

  clientInformation() {
    return this.#held.client;
  }

  saveClientInformation(client) {
    this.#held.client = client;
  }

  tokens() {
    return this.#held.tokens;
  }

  saveTokens(tokens) {
    this.#held.tokens = tokens;
  }

  // Without it the SDK asks with the refused refresh token again.
  invalidateCredentials(what) {
    for (const held of what === 'all' ? ['client', 'tokens', 'verifier'] : [what]) {
      delete this.#held[held];
    }
  }

  codeVerifier() {
    return this.#held.verifier;
  }

  saveCodeVerifier(verifier) {
    this.#held.verifier = verifier;
  }

  async redirectToAuthorization(url) {
    say({ open: url.href });
    const { redirected } = await read();
    const parameters = new URL(redirected).searchParams;
    if (parameters.get('state') !== this.#state) {
      throw new Error(`Another state came back: ${redirected}`);
    }
    if (!parameters.has('code')) {
      throw new Error(`No code came back: ${redirected}`);
    }
    this.parameters = parameters;
  }
}

const provider = new Provider();
const client = new Client({ name: 'interop', version: '1.0.0' });

// Version 1 takes the code only; version 2 checks iss as well (RFC 9207).
const finish = (transport) => transport.finishAuth(version === '2' ? provider.parameters : provider.parameters.get('code'));

let transport = new StreamableHTTPClientTransport(new URL(server), { authProvider: provider });

/** Connects; where a person was needed, redeems the code and connects again, as the SDK wants it. */
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

/** Calls a tool; where it needs more than was allowed, the person is asked again and the call repeated. */
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

try {
  await connect();
  say({ connected: true });
  for (let command = await read(); command?.call; command = await read()) {
    const result = await call(command.call);
    const text = result.content.map((block) => block.text ?? '').join('');
    say(result.isError ? { error: text } : { text });
  }
} catch (error) {
  say({ error: `${error.stack ?? error}` });
}
process.exit(0);
