import type { ModelSize, Written } from '../commands/write.ts';
import { bytesText, countText, exactBytesText } from '../output/numbers.ts';

const sizeText = ({ bytes, compressed }: ModelSize): string => {
  if (!compressed) return `${exactBytesText(bytes)} of weights, from an address`;
  const { gzip, brotli, exact } = compressed;
  return `${exactBytesText(bytes)}, ${exact ? '' : 'about '}gzip ${bytesText(gzip)}, brotli ${bytesText(brotli)}`;
};

const timesText = (before: number, after: number): string => {
  const [large, small] = [Math.max(before, after), Math.min(before, after)];
  if (large < 1.005 * small) return 'the same size';
  return `${(large / small).toFixed(2)} times ${before > after ? 'smaller' : 'larger'}`;
};

/** How much smaller it became; by gzip too where that is another figure, as it is of what was pruned. */
function ratioText(before: ModelSize, after: ModelSize): string {
  if (before.bytes === 0 || after.bytes === 0) return '';
  const files = timesText(before.bytes, after.bytes);
  if (!before.compressed || !after.compressed) return `: ${files}`;
  const [plain, zipped] = [before.bytes / after.bytes, before.compressed.gzip / after.compressed.gzip];
  const differs = Math.abs(zipped / plain - 1) > 0.1;
  return `: ${files}${differs ? `, ${timesText(before.compressed.gzip, after.compressed.gzip)} by gzip` : ''}`;
}

const NAMES: Readonly<Record<string, string>> = {
  modelJson: 'what model.json has beside the weights',
  metadata: 'metadata',
  arrays: 'arrays of text, objects or dates',
};

/** What is said below the table of every command that writes. */
export function writtenLines({ output, dryRun, files, before, after, dropped, certificate }: Written): string[] {
  const estimated = [before, after].some(({ compressed }) => compressed?.exact === false);
  const names = files.map(({ file, bytes }) => `${file} (${countText(bytes)})`);
  const shown = names.length > 6 ? [...names.slice(0, 3), '...', ...names.slice(-2)] : names;
  return [
    `in   ${sizeText(before)}`,
    `out  ${sizeText(after)}${ratioText(before, after)}`,
    ...(estimated ? ['gzip and brotli above 64 MB are estimated from 64 blocks; --sizes compresses all'] : []),
    `${dryRun ? 'would write' : 'wrote'} ${output}: ${shown.join(', ')}`,
    ...dropped.map((what) => `left out, the format has no place for it: ${NAMES[what] ?? what}`),
    ...certificate.broken.map((what) => `NOT AS IT WAS: ${what}`),
  ];
}

/** Where the certificate was taken. */
export const readBack = ({ dryRun }: Written): string => (dryRun ? 'computed' : 'read back from disk');
