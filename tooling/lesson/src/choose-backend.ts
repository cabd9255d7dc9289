/** A backend that may run here. */
export interface Candidate {
  name: string;
  /** Makes it the current backend; throws when it cannot run here. */
  start: () => Promise<void>;
}

/** What the timing of a candidate gave. */
export type Timing = { name: string; milliseconds: number } | { name: string; failed: string };

/** The fastest of the candidates, and how all of them did. */
export interface Choice {
  name: string;
  timings: Timing[];
}

/** A probe runs twice, because the first run compiles and allocates; the faster counts. */
const RUNS = 2;

async function time({ name, start }: Candidate, probe: () => Promise<void>, signal?: AbortSignal): Promise<Timing> {
  try {
    await start();
    let milliseconds = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run++) {
      const begin = performance.now();
      await probe();
      milliseconds = Math.min(milliseconds, performance.now() - begin);
    }
    return { name, milliseconds };
  } catch (error) {
    signal?.throwIfAborted();
    return { name, failed: (error as Error).message };
  }
}

/**
 * Times a short run on each candidate, one after the other, and starts the fastest. The first wins a tie.
 *
 * @param candidates - in the order in which they are tried
 * @param probe - the run by which they are timed; a candidate on which it fails is out
 * @throws Error when none can run it
 */
export async function chooseBackend(
  candidates: readonly Candidate[],
  probe: () => Promise<void>,
  signal?: AbortSignal,
): Promise<Choice> {
  const timings: Timing[] = [];
  let best: { milliseconds: number; candidate: Candidate } | undefined;
  for (const candidate of candidates) {
    signal?.throwIfAborted();
    const timing = await time(candidate, probe, signal);
    timings.push(timing);
    if ('milliseconds' in timing && !(timing.milliseconds >= (best?.milliseconds ?? Number.POSITIVE_INFINITY)))
      best = { milliseconds: timing.milliseconds, candidate };
  }
  if (!best)
    throw new Error(
      `chooseBackend: a backend must run the lesson, got ${timings.map((timing) => `${timing.name}: ${'failed' in timing ? timing.failed : ''}`).join('; ')}`,
    );
  await best.candidate.start();
  return { name: best.candidate.name, timings };
}
