// Checks the types of the package that it is called in, with TypeScript's native compiler: a third of the time. Its API is not
// stable, so TypeDoc and our scripts, and with them what we publish, stay with the compiler in JavaScript.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', import.meta.url));
process.exit(
  spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json', '--noEmit', ...process.argv.slice(2)], {
    stdio: 'inherit',
  }).status ?? 1,
);
