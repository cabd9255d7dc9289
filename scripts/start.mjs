// npm start: installs and builds what the tour needs, then runs it. `npm start -- --help` lists the tour's options.
import { buildAndRun } from './lib/build-and-run.mjs';

buildAndRun(['tour'], 'examples/tour/dist/main.js', process.argv.slice(2));
