import { afterEach } from 'vitest';
import { type Frozen, freeze as freezeNow } from '../../src/index.ts';

const frozenNow: Frozen[] = [];

/** `freeze`, given back after the test: one that stays in force would tap the optimizers of tests that follow. */
export const freeze: typeof freezeNow = async (...args) => {
  const frozen = await freezeNow(...args);
  frozenNow.push(frozen);
  return frozen;
};

/** To be called by each file: the modules of a worker are loaded once for all its files. */
export function releaseAfterEach(): void {
  afterEach(() => {
    for (const frozen of frozenNow.splice(0)) if (frozen.active) frozen.unfreeze();
  });
}
