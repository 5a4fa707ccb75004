// Conflicts of a server-side apply: fields it would change that other managers own, and the 409 that names them.
// Wording and order are those of apimachinery's managedfields package; kubectl prints them as they are.
import { ApiError, quote } from '../../object/api-error.js';
import { has, pathsOf, type FieldSet, type Path } from './field-set.js';
import { compareText } from './go-text.js';
import type { Manager } from './managers.js';
import { displayPath } from './path-element.js';

export interface Conflict {
  readonly managerId: string;
  readonly manager: Manager;
  readonly path: Path;
}

/** One conflict a field, grouped by manager. */
export function listConflicts(
  conflicting: ReadonlyMap<string, { manager: Manager; fields: FieldSet }>,
): Conflict[] {
  return [...conflicting]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([managerId, { manager, fields }]) =>
      [...pathsOf(fields)].map((path) => ({ managerId, manager, path })),
    );
}

export const conflictsOutside = (
  conflicts: readonly Conflict[],
  allowed: FieldSet,
): readonly Conflict[] => conflicts.filter(({ path }) => !has(allowed, path));

export function conflictError(conflicts: readonly Conflict[]): ApiError {
  const causes = conflicts.map(({ manager, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${describe(manager)}`,
    field: displayPath(path),
  }));
  return new ApiError(409, 'Conflict', message(conflicts), { details: { causes } });
}

function message(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${describe(first.manager)}: ${displayPath(first.path)}`;
  const lines: string[] = [];
  let managerId: string | undefined;
  for (const conflict of conflicts) {
    if (conflict.managerId !== managerId)
      lines.push(`conflicts with ${describe(conflict.manager)}:`);
    managerId = conflict.managerId;
    lines.push(`- ${displayPath(conflict.path)}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

/** `"kubectl-client-side-apply" using apps/v1`; the version only of updates. */
function describe({ name, operation, apiVersion, subresource }: Manager): string {
  const subject =
    subresource === '' ? quote(name) : `${quote(name)} with subresource ${quote(subresource)}`;
  return operation === 'Update' ? `${subject} using ${apiVersion}` : subject;
}
