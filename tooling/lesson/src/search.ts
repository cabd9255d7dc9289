import { checkValues, type Described, initialValues, nearestValue, parametersOf } from './parameters.ts';

/** What an address asks for. */
export interface Asked<Params> {
  values: Params;
  /** What it asks for and cannot have, a sentence each. */
  said: string[];
}

/**
 * The values in the search part of an address, `?seed=1&start=zeros`: each the nearest that the parameter can have. Names that are
 * not the lesson's are somebody else's.
 */
export function fromSearch<Params>(lesson: Described<Params>, search: string): Asked<Params> {
  const given = new URLSearchParams(search);
  const initial = initialValues(lesson) as Record<string, string | number | boolean>;
  const said: string[] = [];
  const values = parametersOf(lesson).map(([name, parameter]) => {
    const text = given.get(name);
    const taken = text === null ? { value: initial[name]! } : nearestValue(parameter, text, initial[name]!);
    if (taken.said) said.push(taken.said);
    return [name, taken.value];
  });
  return { values: checkValues(lesson, Object.fromEntries(values)), said };
}

/** The search part of an address with these values; those that are initial are left out, what is not the lesson's stays. */
export function toSearch<Params>(lesson: Described<Params>, values: Params, search = ''): string {
  const parameters = new URLSearchParams(search);
  const initial = initialValues(lesson) as Record<string, unknown>;
  for (const [name, value] of Object.entries(checkValues(lesson, values as Partial<Params>) as Record<string, unknown>))
    if (value === initial[name]) parameters.delete(name);
    else parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
