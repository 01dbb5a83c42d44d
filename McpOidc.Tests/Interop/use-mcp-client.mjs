// A web client based on use-mcp, for bundle.mjs: its page is also the redirect URI, where the popup redeems the code.
//   <page>#<url of the MCP server>
import { createElement, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { onMcpAuthorization } from 'use-mcp';
import { useMcp } from 'use-mcp/react';

const page = location.origin + location.pathname;

function Tools() {
  const { state, error, callTool } = useMcp({
    url: decodeURIComponent(location.hash.slice(1)),
    clientName: 'use-mcp',
    callbackUrl: page,
    transportType: 'http',
    autoReconnect: false,
  });
  const [calls, setCalls] = useState(0);
  useEffect(() => {
    document.title = error ?? (calls ? `${calls} calls` : state);
  }, [state, error, calls]);

  async function call() {
    const { isError, content } = await callTool('whoami', {});
    if (isError || content[0].text === 'nobody') {
      throw new Error(content[0].text);
    }
    setCalls(calls + 1);
  }

  return createElement('button', { onClick: () => call().catch((error) => (document.title = error.message)) }, 'Call');
}

function App() {
  const [connected, connect] = useState(false);
  return connected ? createElement(Tools) : createElement('button', { onClick: () => connect(true) }, 'Connect');
}

if (new URLSearchParams(location.search).has('state')) {
  await onMcpAuthorization();
} else {
  createRoot(document.body).render(createElement(App));
}
