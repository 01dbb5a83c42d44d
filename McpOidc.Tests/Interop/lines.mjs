// What the scripts share: packages from the folder that the tests name, JSON lines on the standard streams.
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.MCPOIDC_INTEROP_MODULES ?? join(import.meta.dirname, 'node_modules');

export const load = (path) => import(pathToFileURL(join(modules, path)));

export const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Hands out the lines of standard input one by one, null at its end. */
export function reader() {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
}
