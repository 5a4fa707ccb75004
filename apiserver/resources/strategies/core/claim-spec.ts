// PersistentVolumeClaimSpec, of a claim itself and of a template (a pod's ephemeral volume, a StatefulSet).
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { Json, JsonObject } from '../../../object/kube-object.js';
import { validateAnnotations } from '../../../object/metadata.js';
import { formatQuantity } from '../../../object/quantity.js';
import {
  checkDnsLabel,
  checkLabelSelector,
  checkLabels,
  checkRequired,
  checkSubdomain,
} from '../checks.js';
import { child, descend, text, textMap, texts } from '../fields.js';
import { quantityOf } from '../quantities.js';

/** A quantity that must be more than nothing. */
export function checkPositive(value: Json | undefined, field: string, errors: FieldError[]): void {
  const quantity = quantityOf(value);
  if (quantity !== undefined && quantity.nano <= 0n)
    errors.push(invalid(field, formatQuantity(quantity), 'must be greater than zero'));
}

export function checkAccessModes(spec: JsonObject, path: string, errors: FieldError[]): void {
  const modes = texts(spec, 'accessModes');
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod'))
    errors.push(
      forbiddenField(`${path}.accessModes`, 'may not use ReadWriteOncePod with other access modes'),
    );
}

export function checkClaimSpec(spec: JsonObject, path: string, errors: FieldError[]): void {
  if (texts(spec, 'accessModes').length === 0)
    errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  checkLabelSelector(child(spec, 'selector'), `${path}.selector`, errors);
  checkAccessModes(spec, path, errors);
  const requested = descend(spec, 'resources', 'requests')?.['storage'];
  const field = `${path}.resources[storage]`;
  if (requested === undefined) errors.push(required(field));
  else checkPositive(requested, field, errors);
  for (const key of ['storageClassName', 'volumeAttributesClassName'])
    if (text(spec, key) !== '') checkSubdomain(text(spec, key), `${path}.${key}`, errors);
  checkDataSources(spec, path, errors);
}

function checkDataSources(spec: JsonObject, path: string, errors: FieldError[]): void {
  const source = child(spec, 'dataSource');
  const reference = child(spec, 'dataSourceRef');
  if (source !== undefined) checkDataSource(source, `${path}.dataSource`, errors);
  if (reference !== undefined) {
    checkDataSource(reference, `${path}.dataSourceRef`, errors);
    if (text(reference, 'namespace') !== '')
      checkDnsLabel(text(reference, 'namespace'), `${path}.dataSourceRef.namespace`, errors);
  }
  if (source === undefined || reference === undefined) return;
  if (text(reference, 'namespace') !== '') {
    errors.push(
      invalid(
        path,
        `${path}.dataSource`,
        'may not be specified when dataSourceRef.namespace is specified',
      ),
    );
  } else if (['apiGroup', 'kind', 'name'].some((key) => source[key] !== reference[key])) {
    errors.push(invalid(path, `${path}.dataSource`, 'must match dataSourceRef'));
  }
}

function checkDataSource(source: JsonObject, path: string, errors: FieldError[]): void {
  checkRequired(source, 'name', path, errors);
  checkRequired(source, 'kind', path, errors);
  const group = text(source, 'apiGroup');
  if (group !== '') checkSubdomain(group, `${path}.apiGroup`, errors);
  else if (text(source, 'kind') !== 'PersistentVolumeClaim')
    errors.push(
      invalid(
        path,
        text(source, 'kind'),
        "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
      ),
    );
}

/** A claim template has labels and annotations, no other metadata. */
export function checkClaimTemplate(template: JsonObject, path: string, errors: FieldError[]): void {
  const meta = child(template, 'metadata');
  errors.push(...validateAnnotations(textMap(meta, 'annotations'), `${path}.metadata.annotations`));
  checkLabels(textMap(meta, 'labels'), `${path}.metadata.labels`, errors);
  for (const [key, value] of Object.entries(meta ?? {}))
    if (key !== 'labels' && key !== 'annotations' && value !== null && value !== '')
      errors.push(forbiddenField(`${path}.metadata.${key}`, 'cannot be set'));
  checkClaimSpec(child(template, 'spec') ?? {}, `${path}.spec`, errors);
}
