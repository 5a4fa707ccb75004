// Which of the names a definition asks for it gets: those no other definition of its group has. A definition keeps
// what it once got. Source: apiextensions' naming condition controller.
import { quote } from '../object/api-error.js';
import type { JsonObject } from '../object/kube-object.js';
import type { Condition } from '../resources/custom/conditions.js';
import type { CustomNames } from '../resources/custom/definition.js';

export interface Naming {
  readonly accepted: CustomNames;
  readonly condition: Condition;
}

/** `others`: what the group's other definitions have got. */
export function settleNames(
  asked: CustomNames,
  had: CustomNames,
  others: readonly CustomNames[],
): Naming {
  const resources = new Set(
    others.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]),
  );
  const kinds = new Set(others.flatMap(({ kind, listKind }) => [kind, listKind]));
  let conflict: Condition | undefined;
  const settle = (
    name: 'plural' | 'singular' | 'kind' | 'listKind',
    used: ReadonlySet<string>,
  ): string => {
    if (asked[name] === had[name] || !used.has(asked[name])) return asked[name];
    conflict = conflictOf(conflicts[name], [asked[name]]);
    return had[name];
  };
  const plural = settle('plural', resources);
  const singular = settle('singular', resources);
  const taken = asked.shortNames.filter(
    (name) => !had.shortNames.includes(name) && resources.has(name),
  );
  if (taken.length > 0) conflict = conflictOf('ShortNamesConflict', taken);
  const kind = settle('kind', kinds);
  const listKind = settle('listKind', kinds);
  return {
    accepted: {
      plural,
      singular,
      kind,
      listKind,
      shortNames: taken.length > 0 ? had.shortNames : asked.shortNames,
      categories: asked.categories,
    },
    condition: conflict ?? {
      type: 'NamesAccepted',
      status: 'True',
      reason: 'NoConflicts',
      message: 'no conflicts found',
    },
  };
}

const conflicts = {
  plural: 'PluralConflict',
  singular: 'SingularConflict',
  kind: 'KindConflict',
  listKind: 'ListKindConflict',
} as const;

function conflictOf(reason: string, names: readonly string[]): Condition {
  const each = names.map((name) => `${quote(name)} is already in use`);
  const message = each.length === 1 ? (each[0] ?? '') : `[${each.join(', ')}]`;
  return { type: 'NamesAccepted', status: 'False', reason, message };
}

/** As status.acceptedNames; absent lists stay absent. */
export const namesObject = (names: CustomNames): JsonObject => ({
  plural: names.plural,
  ...(names.singular === '' ? {} : { singular: names.singular }),
  ...(names.shortNames.length === 0 ? {} : { shortNames: [...names.shortNames] }),
  kind: names.kind,
  ...(names.listKind === '' ? {} : { listKind: names.listKind }),
  ...(names.categories.length === 0 ? {} : { categories: [...names.categories] }),
});
