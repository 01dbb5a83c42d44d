// What the scripts share: packages from the folder that the tests name, JSON lines on the standard streams.
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const modules = process.env.MCPOIDC_INTEROP_MODULES ?? join(import.meta.dirname, 'node_modules');

// Standard output is for JSON lines only; whatever the packages print goes where the tests look for explanations.
console.log = console.info = console.debug = console.error;

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
