// An MCP library on top of an OAuthClientProvider, controlled by lines on standard input like ts-sdk-client.mjs.
//   node mcp-library-client.mjs <url of the MCP server> <redirect URI> <ai-sdk or langchain>
import { load, reader } from './lines.mjs';
import { Provider, serve } from './provider.mjs';

const [server, redirectUri, library] = process.argv.slice(2);
const read = reader();
const provider = new Provider(redirectUri, library, read);

/** Each connects and returns a function that calls a tool; throws UnauthorizedError once the browser is done; finish redeems the code. */
const libraries = {
  'ai-sdk': async () => {
    const { createMCPClient, auth } = await load('@ai-sdk/mcp/dist/index.js');
    return {
      finish: () =>
        auth(provider, {
          serverUrl: server,
          authorizationCode: provider.parameters.get('code'),
          callbackState: provider.parameters.get('state'),
          callbackIssuer: provider.parameters.get('iss'),
        }),
      connect: async () => {
        const client = await createMCPClient({ transport: { type: 'http', url: server, authProvider: provider } });
        const tools = await client.tools();
        return (name) => tools[name].execute({}, { toolCallId: name, messages: [] });
      },
    };
  },
  langchain: async () => {
    const { MultiServerMCPClient } = await load('@langchain/mcp-adapters/dist/index.js');
    const { auth } = await load('@modelcontextprotocol/sdk/dist/esm/client/auth.js');
    return {
      finish: () => auth(provider, { serverUrl: server, authorizationCode: provider.parameters.get('code') }),
      connect: async () => {
        const client = new MultiServerMCPClient({
          mcpServers: { interop: { transport: 'http', url: server, authProvider: provider, automaticSSEFallback: false } },
        });
        const tools = await client.getTools();
        return async (name) => ({ content: [{ text: await tools.find((tool) => tool.name === name).invoke({}) }] });
      },
    };
  },
};

const { finish, connect } = await libraries[library]();
let call;

/** Retries after the user has signed in with the browser. */
async function signedIn(action) {
  try {
    return await action();
  } catch (error) {
    if (!provider.parameters) {
      throw error;
    }
    await finish();
    provider.parameters = undefined;
    return await action();
  }
}

await serve(
  read,
  () => signedIn(async () => (call = await connect())),
  (name) => signedIn(() => call(name)),
);
