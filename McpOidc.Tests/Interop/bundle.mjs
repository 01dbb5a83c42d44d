// Bundles a script of this folder and the packages that it imports for browsers, and prints the result.
//   node bundle.mjs <script>
import { join } from 'node:path';
import { load, modules, say } from './lines.mjs';

const { build } = (await load('esbuild/lib/main.js')).default;
const { outputFiles } = await build({
  entryPoints: [join(import.meta.dirname, process.argv[2])],
  bundle: true,
  format: 'esm',
  write: false,
  nodePaths: [modules],
  define: { 'process.env.NODE_ENV': '"production"' },
});
say({ code: outputFiles[0].text });
