import { checkValues, type Described, initialValues, parseValue } from './parameters.ts';

/** The values in the search part of an address, `?seed=1&start=zeros`; names that are not the lesson's are somebody else's. */
export function fromSearch<Params>(lesson: Described<Params>, search: string): Params {
  const given = [...new URLSearchParams(search)].filter(([name]) => Object.hasOwn(lesson.parameters, name));
  const values = given.map(([name, text]) => [name, parseValue(lesson, name, text)]);
  return checkValues(lesson, Object.fromEntries(values));
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
