// Empties a package's dist before it is built: what is left of a source that is gone would be cached and published.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
