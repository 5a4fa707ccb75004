// Items of a list that must differ, as a whole or in some of their members: found in one pass however long the list.
import { isJsonObject, type Json } from '../object/kube-object.js';

/** A text that two values share only when they are equal: members in order of their keys, 1 as 1n. */
export function identityOf(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(identityOf).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${identityOf(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** Whether two items are equal: in `member`, or as a whole when it is ''. Items without the member are not compared. */
export const hasRepeats = (list: readonly Json[], member: string): boolean =>
  list.length > 1 && repeatedItems(list, member, 1).length > 0;

export interface Repeated {
  readonly index: number;
  readonly value: Json;
}

/** Items that an earlier one equals, at most `max`. */
export function repeatedItems(list: readonly Json[], member: string, max: number): Repeated[] {
  const seen = new Set<string>();
  const repeated: Repeated[] = [];
  for (const [index, item] of list.entries()) {
    const value = member === '' ? item : isJsonObject(item) ? item[member] : undefined;
    if (value === undefined) continue;
    const identity = identityOf(value);
    if (seen.has(identity) && repeated.push({ index, value }) === max) break;
    seen.add(identity);
  }
  return repeated;
}
