// Namespace: labelled with its own name, held by the `kubernetes` finalizer until its content is gone.
import { type FieldError, invalid } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { isQualifiedName } from '../../../object/names.js';
import type { Strategy } from '../../resource.js';
import { child, copyField, ensure, isSet, text, texts } from '../fields.js';
import { keepStatus } from '../status.js';

const nameLabel = 'kubernetes.io/metadata.name';
const finalizer = 'kubernetes';

function applyDefaults(namespace: KubeObject): void {
  const { name = '' } = namespace.metadata;
  // A generated name is not known yet; validation runs after it is.
  if (name !== '') namespace.metadata.labels = { ...namespace.metadata.labels, [nameLabel]: name };
  const status = child(namespace, 'status');
  if (status !== undefined && text(status, 'phase') === '') status['phase'] = 'Active';
}

function prepareForCreate(namespace: KubeObject): void {
  namespace['status'] = { phase: 'Active' };
  const spec = ensure(namespace, 'spec');
  const finalizers = texts(spec, 'finalizers');
  if (!finalizers.includes(finalizer)) spec['finalizers'] = [...finalizers, finalizer];
  applyDefaults(namespace);
}

/** spec.finalizers are written through /finalize only. */
function prepareForUpdate(namespace: KubeObject, old: KubeObject): void {
  keepStatus(namespace, old);
  const spec: JsonObject = ensure(namespace, 'spec');
  copyField(spec, child(old, 'spec'), 'finalizers');
}

/** Of spec.finalizers, on creation and through /finalize. */
export function checkNamespaceFinalizers(namespace: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of texts(child(namespace, 'spec'), 'finalizers')) {
    for (const message of isQualifiedName(name))
      errors.push(invalid('spec.finalizers', name, message));
    if (!name.includes('/') && !['kubernetes', 'orphan', 'foregroundDeletion'].includes(name))
      errors.push(
        invalid(
          'spec.finalizers',
          name,
          'name is neither a standard finalizer name nor is it fully qualified',
        ),
      );
  }
  return errors;
}

function validateStatus(namespace: KubeObject): FieldError[] {
  const phase = text(child(namespace, 'status'), 'phase');
  const isDeleted = isSet(namespace.metadata, 'deletionTimestamp');
  if (!isDeleted && phase !== 'Active')
    return [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  if (isDeleted && phase !== 'Terminating')
    return [
      invalid(
        'status.Phase',
        phase,
        "may only be 'Terminating' if `deletionTimestamp` is not empty",
      ),
    ];
  return [];
}

export const namespaceStrategy: Strategy = {
  name: 'dns-label',
  applyDefaults,
  prepareForCreate,
  prepareForUpdate,
  validate: checkNamespaceFinalizers,
  validateStatusUpdate: validateStatus,
};
