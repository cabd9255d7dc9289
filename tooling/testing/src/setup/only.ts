import { afterAll } from 'vitest';
import { watchOtherBackends } from '../other-backends.ts';
import { useBackend } from './use.ts';

/** Makes `name` the backend of this test file, and fails the file when any kernel ran on another one. */
export async function useOnly(name: string): Promise<void> {
  await useBackend(name);
  const others = watchOtherBackends(name);
  // Files may share a process, so nothing of this one's watch may stay.
  afterAll(() => {
    others.stop();
    others.check();
  });
}
