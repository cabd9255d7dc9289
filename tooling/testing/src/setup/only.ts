import { afterAll } from 'vitest';
import { decideChance } from '../chance.ts';
import { watchOtherBackends } from '../other-backends.ts';
import { useBackend } from './use.ts';

/** Makes `name` the backend of this test file, decides its chance, and fails the file when any kernel ran on another backend. */
export async function useOnly(name: string): Promise<void> {
  await useBackend(name);
  decideChance();
  const others = watchOtherBackends(name);
  // Files may share a process, so nothing of this one's watch may stay.
  afterAll(() => {
    others.stop();
    others.check();
  });
}
