// The times of a test run: the slowest files, and each lesson's time beside its allowance.

/** Seconds that a lesson's tests may take: on wasm, and in Chromium, where they are one load of its page. */
export const ALLOWANCES = { wasm: 3, Chromium: 4 };
/** Machines are shared and noisy: a lesson is warned of above its allowance and fails above this many times it. */
export const FAILS_ABOVE = 5;

/** The `count` files that took longest: `[{project, file, seconds}]`. */
export const slowest = (files, count = 10) => [...files].sort((a, b) => b.seconds - a.seconds).slice(0, count);

/** The files of all lessons with a group for each: what every lesson is held to, its measured numbers, and a load of its page. */
const SHARED = {
  wasm: { project: 'wasm', groups: (name) => [`lesson ${name}`, `the measured numbers of lesson ${name}`] },
  Chromium: { project: 'site', groups: (name) => [`the page of lesson ${name}`] },
};
const IS_SHARED = /^(lessons\/[^/]+|website\/test\/lesson-opens)\.test\.ts$/;

/** Each lesson's seconds: `{name: {wasm, Chromium}}`; nothing where it did not run. */
export function lessonTimes(names, files) {
  const secondsOf = (name, { project, groups }) => {
    const mine = files.filter((one) => one.project === project);
    const parts = [
      ...mine.filter((one) => one.file.startsWith(`lessons/${name}/`)).map(({ seconds }) => seconds),
      ...mine
        .filter(({ file }) => IS_SHARED.test(file))
        .flatMap((one) => groups(name).flatMap((group) => one.groups[group] ?? [])),
    ];
    return parts.length ? parts.reduce((sum, seconds) => sum + seconds) : undefined;
  };
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(Object.entries(SHARED).map(([where, shared]) => [where, secondsOf(name, shared)])),
    ]),
  );
}

/** What exceeds its allowance: `[{name, where, seconds, allowance, fails}]`. */
export const overtime = (times) =>
  Object.entries(times).flatMap(([name, of]) =>
    Object.entries(ALLOWANCES)
      .filter(([where, allowance]) => of[where] > allowance)
      .map(([where, allowance]) => ({
        name,
        where,
        seconds: of[where],
        allowance,
        fails: of[where] > FAILS_ABOVE * allowance,
      })),
  );

const seconds = (value) => (value === undefined ? 'not run' : `${value.toFixed(1)} s`);

/** A line for each of the slowest files. */
export const slowestLines = (files, count) =>
  slowest(files, count).map((one) => `${one.seconds.toFixed(1).padStart(7)} s  ${one.project.padEnd(15)} ${one.file}`);

/** A line for each lesson, and one for each time above its allowance. */
export function lessonLines(times) {
  const width = Math.max(...Object.keys(times).map((name) => name.length), 8);
  const wheres = Object.entries(ALLOWANCES);
  const head = wheres.map(([where, allowance]) => `${where}, of ${allowance} s`.padStart(18)).join('');
  const rows = Object.entries(times).map(
    ([name, of]) => name.padEnd(width) + wheres.map(([where]) => seconds(of[where]).padStart(18)).join(''),
  );
  const over = overtime(times).map(
    ({ name, where, seconds: took, allowance, fails }) =>
      `${fails ? 'FAILED  ' : 'warning '} lesson ${name} took ${took.toFixed(1)} s on ${where}, ` +
      `${fails ? `more than ${FAILS_ABOVE} times` : 'above'} its allowance of ${allowance} s`,
  );
  return [`${'lesson'.padEnd(width)}${head}`, ...rows, ...over];
}
