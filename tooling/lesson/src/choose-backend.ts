/** A backend that may run here. */
export interface Candidate {
  name: string;
  /** Makes it the current backend; throws when it cannot run here. */
  start: () => Promise<void>;
}

/** What the timing of a candidate gave; `gaveUp`: after so many milliseconds its run was not finished, and it was the slower one. */
export type Timing =
  | { name: string; milliseconds: number }
  | { name: string; gaveUp: number }
  | { name: string; failed: string };

/** The fastest of the candidates, and how all of them did. */
export interface Choice {
  name: string;
  timings: Timing[];
}

/** A probe runs twice, because the first run compiles and allocates; the faster counts. */
const RUNS = 2;
/** A candidate is given up once a run of it takes more than this many times the fastest one so far, and a time to begin. */
const TIMES = 2;
const BEGINS = 100;

async function time(
  { name, start }: Candidate,
  probe: (signal: AbortSignal) => Promise<void>,
  best: number,
  signal: AbortSignal,
): Promise<Timing> {
  const limit = TIMES * best + BEGINS;
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let begin = 0;
  try {
    await start();
    let milliseconds = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS && (run === 0 || milliseconds <= limit); run++) {
      begin = performance.now();
      if (limit < Number.POSITIVE_INFINITY) timer = setTimeout(() => late.abort(), limit);
      await probe(AbortSignal.any([signal, late.signal]));
      clearTimeout(timer);
      milliseconds = Math.min(milliseconds, performance.now() - begin);
    }
    return { name, milliseconds };
  } catch (error) {
    signal.throwIfAborted();
    return late.signal.aborted
      ? { name, gaveUp: performance.now() - begin }
      : { name, failed: (error as Error).message };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Times a short run on each candidate, one after the other, and starts the fastest. The first wins a tie. A candidate that takes
 * clearly longer than one before it is given up.
 *
 * @param candidates - in the order in which they are tried
 * @param probe - the run by which they are timed, which ends early when its signal says so; a candidate on which it fails is out
 * @throws Error when none can run it
 */
export async function chooseBackend(
  candidates: readonly Candidate[],
  probe: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Choice> {
  const timings: Timing[] = [];
  let best: { milliseconds: number; candidate: Candidate } | undefined;
  for (const candidate of candidates) {
    signal.throwIfAborted();
    const least = best?.milliseconds ?? Number.POSITIVE_INFINITY;
    const timing = await time(candidate, probe, least, signal);
    timings.push(timing);
    if ('milliseconds' in timing && !(timing.milliseconds >= least))
      best = { milliseconds: timing.milliseconds, candidate };
  }
  if (!best)
    throw new Error(
      `chooseBackend: a backend must run the lesson, got ${timings.map((timing) => `${timing.name}: ${'failed' in timing ? timing.failed : ''}`).join('; ')}`,
    );
  await best.candidate.start();
  return { name: best.candidate.name, timings };
}
