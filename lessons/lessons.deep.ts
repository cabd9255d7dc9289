import { describe, it } from 'vitest';
import { givesDefaultRun, names } from './default-runs.ts';

describe.each(names)('lesson %s', (name) => {
  it('gives its default run again', () => givesDefaultRun(name));
});
