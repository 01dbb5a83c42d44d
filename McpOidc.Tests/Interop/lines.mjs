// Shared by the scripts: packages from the folder that the tests name, and JSON lines on the standard streams.
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const modules = process.env.MCPOIDC_INTEROP_MODULES ?? join(import.meta.dirname, 'node_modules');

// Standard output is for JSON lines only; output of the packages goes to standard error, which the tests show on failure.
console.log = console.info = console.debug = console.error;

export const load = (path) => import(pathToFileURL(join(modules, path)));

export const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Returns the lines of standard input one by one, and null at the end. */
export function reader() {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
}
