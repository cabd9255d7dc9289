import { describe, expect, it } from 'vitest';
import { chooseBackend } from '../src/choose-backend.ts';
import { isSoftwareAdapter } from '../src/software-adapter.ts';

/** Backends of which only the time matters; `current` is the one started last. */
function machine(times: Record<string, number | Error>) {
  const state = { current: '', probes: [] as string[] };
  const candidates = Object.entries(times).map(([name, time]) => ({
    name,
    start: async () => {
      if (time instanceof Error) throw time;
      state.current = name;
    },
  }));
  const probe = async () => {
    state.probes.push(state.current);
    const until = performance.now() + (times[state.current] as number);
    while (performance.now() < until);
  };
  return { state, candidates, probe };
}

describe('chooseBackend', () => {
  it('chooseBackend(candidates, probe) times each one twice, and starts the fastest', async () => {
    const { state, candidates, probe } = machine({ slow: 60, fast: 1, middle: 30 });
    const { name, timings } = await chooseBackend(candidates, probe);
    expect([name, state.current]).toEqual(['fast', 'fast']);
    expect(state.probes).toEqual(['slow', 'slow', 'fast', 'fast', 'middle', 'middle']);
    expect(timings.map((timing) => timing.name)).toEqual(['slow', 'fast', 'middle']);
    for (const timing of timings) expect('milliseconds' in timing && timing.milliseconds).toBeGreaterThanOrEqual(1);
  });

  it('chooseBackend gives up a candidate that takes clearly longer than one before it, and says after how long', async () => {
    const { state, candidates } = machine({ fast: 1, endless: 1, slow: 1 });
    const probe = async (signal: AbortSignal) => {
      state.probes.push(state.current);
      if (state.current === 'endless')
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
      // One that looks at no signal is not run again.
      if (state.current === 'slow') await new Promise((resolve) => setTimeout(resolve, 400));
    };
    const { name, timings } = await chooseBackend(candidates, probe);
    expect([name, state.current]).toEqual(['fast', 'fast']);
    expect(state.probes).toEqual(['fast', 'fast', 'endless', 'slow']);
    const [, endless, slow] = timings;
    // Timers are early by a millisecond.
    expect('gaveUp' in endless! && endless.gaveUp).toBeGreaterThanOrEqual(99);
    expect('milliseconds' in slow! && slow.milliseconds).toBeGreaterThanOrEqual(399);
  });

  it('chooseBackend leaves out what does not start and what fails the probe, and says why', async () => {
    const { candidates, probe } = machine({ absent: new Error('no adapter'), here: 1 });
    const broken = { name: 'broken', start: async () => {} };
    let calls = 0;
    const choice = await chooseBackend([broken, ...candidates], async () => {
      if (calls++ === 0) throw new Error('no kernel');
      await probe();
    });
    expect(choice.name).toBe('here');
    expect(choice.timings.slice(0, 2)).toEqual([
      { name: 'broken', failed: 'no kernel' },
      { name: 'absent', failed: 'no adapter' },
    ]);
  });

  it('chooseBackend is an error where nothing runs, and ends when it is stopped', async () => {
    const { candidates, probe } = machine({ a: new Error('no'), b: new Error('never') });
    await expect(chooseBackend(candidates, probe)).rejects.toThrow(
      'chooseBackend: a backend must run the lesson, got a: no; b: never',
    );
    const good = machine({ a: 1 });
    await expect(chooseBackend(good.candidates, good.probe, AbortSignal.abort())).rejects.toThrow(/abort/i);
    const stop = new AbortController();
    const stopping = async () => {
      stop.abort();
      stop.signal.throwIfAborted();
    };
    await expect(chooseBackend(good.candidates, stopping, stop.signal)).rejects.toThrow(/abort/i);
  });
});

describe('isSoftwareAdapter', () => {
  // What Chromium and Dawn say of these adapters.
  it.each([
    [{ isFallbackAdapter: true }, true],
    [{ info: { isFallbackAdapter: true } }, true],
    [{ info: { vendor: 'google', architecture: 'swiftshader' } }, true],
    [{ info: { vendor: 'mesa', description: 'llvmpipe (LLVM 19.1.7, 256 bits)' } }, true],
    [{ info: { vendor: 'microsoft', description: 'Microsoft Basic Render Driver' } }, true],
    [{ isFallbackAdapter: false, info: { vendor: 'nvidia', architecture: 'hopper' } }, false],
    [{ info: { vendor: 'apple', architecture: 'metal-3' } }, false],
    [{}, false],
  ])('isSoftwareAdapter(%j) is %s', (adapter, expected) => {
    expect(isSoftwareAdapter(adapter)).toBe(expected);
  });
});
