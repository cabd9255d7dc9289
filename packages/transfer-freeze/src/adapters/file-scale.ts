import type { Checkpoint } from '@weightkit/checkpoint';

/** What the products of a file are multiplied by, as its metadata says; undefined where it does not. */
export function scaleIn({ extras }: Checkpoint): number | undefined {
  const { r, lora_alpha, use_rslora } = (extras?.metadata ?? {}) as Record<string, string | undefined>;
  const [rank, alpha] = [Number(r), Number(lora_alpha)];
  if (r === undefined || lora_alpha === undefined || !(rank > 0) || !Number.isFinite(alpha)) return undefined;
  return alpha / (use_rslora === 'true' ? Math.sqrt(rank) : rank);
}
