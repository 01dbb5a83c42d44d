// An OAuthClientProvider for the TypeScript SDK and the libraries on top of it: it keeps everything in memory, and the user is at the
// other end of the standard streams.
import { say } from './lines.mjs';

export class Provider {
  #held = {};
  #state;
  #read;

  constructor(redirectUri, clientName, read, metadataUrl) {
    this.redirectUrl = redirectUri;
    this.clientName = clientName;
    this.clientMetadataUrl = metadataUrl;
    this.#read = read;
  }

  get clientMetadata() {
    return {
      client_name: this.clientName,
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  state() {
    return (this.#state = crypto.randomUUID());
  }

  storedState() {
    return this.#state;
  }

  clientInformation() {
    return this.#held.client;
  }

  saveClientInformation(client) {
    this.#held.client = client;
  }

  isClientInformationDynamicallyRegistered() {
    return true;
  }

  tokens() {
    return this.#held.tokens;
  }

  saveTokens(tokens) {
    this.#held.tokens = tokens;
  }

  // Without it the SDK retries with the rejected refresh token.
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
    const { redirected } = await this.#read();
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

const said = (error) => ({ error: `${error.stack ?? error}${error.cause ? `\ncaused by ${error.cause.stack ?? error.cause}` : ''}` });

/** Answers {"call": tool} and {"list": kind} with {"text": ...} until standard input ends; client errors become {"error": ...}. */
export async function serve(read, connect, call, list) {
  try {
    await connect();
    say({ connected: true });
    for (let command = await read(); command?.call || command?.list; command = await read()) {
      try {
        if (command.list) {
          say({ text: await list(command.list) });
          continue;
        }
        const result = await call(command.call);
        const text = result.content.map((block) => block.text ?? '').join('');
        say(result.isError ? { error: text } : { text });
      } catch (error) {
        say(said(error));
      }
    }
  } catch (error) {
    say(said(error));
  }
  process.exit(0);
}
