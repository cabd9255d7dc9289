import { checkRange, checkType } from '@weightkit/numerics/check';
import type { About, Parameter, Values } from './lesson.ts';

/** What the functions below need of a lesson: the page has this much of it, without its experiment. */
export type Described<Params = Values> = Pick<About<Params>, 'name' | 'parameters'>;

/** The same where the types of the values do not matter. */
type Loose = { readonly name: string; readonly parameters: object };

/** Name and description of each parameter, in the lesson's order. */
export const parametersOf = (lesson: Loose): [string, Parameter][] => Object.entries(lesson.parameters);

/** The values with which a lesson opens. */
export function initialValues<Params>(lesson: Described<Params>): Params {
  return Object.fromEntries(parametersOf(lesson).map(([name, { initial }]) => [name, initial])) as Params;
}

/** What a value of the parameter can be, in words: `an integer from 0 to 9`. */
export function ruleOf(parameter: Parameter<never>): string {
  switch (parameter.kind) {
    case 'choice':
      return `one of ${parameter.options.join(', ')}`;
    case 'flag':
      return 'true or false';
    case 'text':
      return parameter.rule;
    case 'integer':
      return `an integer from ${parameter.min} to ${parameter.max}`;
    case 'number':
      return `a number from ${parameter.min} to ${parameter.max}`;
  }
}

function isValue(parameter: Parameter<never>, value: unknown): boolean {
  if (parameter.kind === 'choice') return parameter.options.includes(value as string);
  if (parameter.kind === 'flag') return typeof value === 'boolean';
  if (parameter.kind === 'text') return typeof value === 'string' && parameter.nearest(value).value === value;
  const { kind, min, max } = parameter;
  return (
    typeof value === 'number' && value >= min && value <= max && (kind === 'number' || Number.isSafeInteger(value))
  );
}

/**
 * All values of a run: the initial ones where none is given.
 *
 * @throws TypeError for a name that the lesson does not have
 * @throws RangeError `lesson: rule, got value` for a value outside its range
 */
export function checkValues<Params>(lesson: Described<Params>, given: Partial<Params> = {}): Params {
  const entries = parametersOf(lesson);
  const names = entries.map(([name]) => name);
  for (const name of Object.keys(given))
    checkType(names.includes(name), `${lesson.name}: parameters must be among ${names.join(', ')}`, name);
  const values = { ...initialValues(lesson), ...given } as Record<string, unknown>;
  for (const [name, parameter] of entries)
    checkRange(isValue(parameter, values[name]), `${lesson.name}: ${name} must be ${ruleOf(parameter)}`, values[name]);
  return values as Params;
}

/** The value that a text stands for, checked. */
export function parseValue(lesson: Loose, name: string, text: string): string | number | boolean {
  const entries = parametersOf(lesson);
  const parameter = entries.find(([known]) => known === name)?.[1];
  const names = entries.map(([known]) => known).join(', ');
  checkType(parameter !== undefined, `${lesson.name}: parameters must be among ${names}`, name);
  const value = read(parameter, text);
  checkRange(isValue(parameter, value), `${lesson.name}: ${name} must be ${ruleOf(parameter)}`, text);
  return value as string | number | boolean;
}

function read({ kind }: Parameter<never>, text: string): unknown {
  if (kind === 'choice' || kind === 'text') return text;
  if (kind === 'flag') return text === 'true' ? true : text === 'false' ? false : text;
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** A value that a parameter can have, and what was wrong with the text where it is not what the text says. */
export interface Taken {
  value: string | number | boolean;
  said?: string;
}

/** The value nearest to a text: numbers are brought into their range, whole ones are rounded, and what cannot be read is `otherwise`. */
export function nearestValue(parameter: Parameter<never>, text: string, otherwise: string | number | boolean): Taken {
  const value = read(parameter, text);
  if (isValue(parameter, value)) return { value: value as Taken['value'] };
  if (parameter.kind === 'text') {
    const { value: near, said = `"${text}" is not ${parameter.rule}` } = parameter.nearest(text);
    return { value: near, said: `${parameter.label}: ${said}.` };
  }
  const { kind, label } = parameter;
  const stays = (why: string): Taken => ({ value: otherwise, said: `${label}: ${why}, so it is ${otherwise}.` });
  if (kind === 'choice' || kind === 'flag') return stays(`"${text}" is not ${ruleOf(parameter)}`);
  if (Number.isNaN(value)) return stays(`"${text}" is not a number`);
  const { min, max } = parameter;
  const number = value as number;
  const near = Math.min(max, Math.max(min, kind === 'integer' ? Math.round(number) : number));
  const why = number < min ? `less than ${min}` : number > max ? `more than ${max}` : 'not whole';
  return { value: near, said: `${label}: ${text.trim()} is ${why}, so it is ${near}.` };
}
