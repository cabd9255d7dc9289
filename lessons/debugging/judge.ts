import { type Cause, layersOf, placeText, sameLayers } from './cases.ts';
import type { Params, Result } from './experiment.ts';

/** A network is mended when its share of right test digits is no more than this below that of its healthy twin. */
export const NEAR = 0.1;

/** Whether the reader has said what it is and where. */
export const isDiagnosed = ({ diagnosis, where }: Pick<Params, 'diagnosis' | 'where'>): boolean =>
  diagnosis !== 'not yet' && where !== 'not yet';

export interface Judgement {
  cause: boolean;
  place: boolean;
  mended: boolean;
}

/** Whether the network that was treated does as well as its twin; who is well needs no treatment. */
export function isMended({ case: ill, treated, twin }: Pick<Result, 'case' | 'treated' | 'twin'>): boolean {
  if (!treated) return ill.cause === 'healthy';
  return ill.cause !== 'healthy' && treated.accuracy >= twin.accuracy - NEAR;
}

/** What of a diagnosis and a treatment is right. */
export function judge(result: Result, { diagnosis, where }: Params): Judgement {
  const cause = diagnosis === result.case.cause;
  const place = cause && where !== 'not yet' && sameLayers(layersOf(where), result.case.layers);
  return { cause, place, mended: isMended(result) };
}

/** A cause and its place in words. */
export const named = (cause: Cause | string, layers: readonly number[]): string =>
  layers.length === 0 ? cause : `${cause}, ${placeText(layers)}`;
