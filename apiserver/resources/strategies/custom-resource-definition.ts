// CustomResourceDefinition: names, versions and which one is stored. What the schemas mean is checked where they
// are compiled.
import { duplicate, type FieldError, invalid, required } from '../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import { isDns1035Label } from '../../object/names.js';
import type { Strategy } from '../resource.js';
import { checkFormat, checkImmutable, checkRequired, checkSubdomain } from './checks.js';
import { child, children, ensure, fill, fillZero, flag, isSet, text } from './fields.js';
import { keepStatus } from './status.js';

function applyDefaults(definition: KubeObject): void {
  const spec = ensure(definition, 'spec');
  const names = ensure(spec, 'names');
  const kind = text(names, 'kind');
  if (kind !== '') {
    fillZero(names, 'singular', kind.toLowerCase());
    fillZero(names, 'listKind', `${kind}List`);
  }
  fillZero(ensure(spec, 'conversion'), 'strategy', 'None');
  const service = child(
    child(child(child(spec, 'conversion'), 'webhook'), 'clientConfig'),
    'service',
  );
  if (service !== undefined) fill(service, 'port', 443);
  if (spec['preserveUnknownFields'] === false)
    Reflect.deleteProperty(spec, 'preserveUnknownFields');
}

function validate(definition: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(definition, 'spec');
  const names = child(spec, 'names');
  const { name = '' } = definition.metadata;
  const expected = `${text(names, 'plural')}.${text(spec, 'group')}`;
  if (name !== expected)
    errors.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  checkGroup(text(spec, 'group'), errors);
  checkNames(names, errors);
  checkVersions(spec, errors);
  return errors;
}

function checkGroup(group: string, errors: FieldError[]): void {
  if (group === '') {
    errors.push(required('spec.group'));
    return;
  }
  checkSubdomain(group, 'spec.group', errors);
  if (!group.includes('.'))
    errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
}

function checkNames(names: JsonObject | undefined, errors: FieldError[]): void {
  for (const key of ['plural', 'singular', 'kind', 'listKind'])
    if (checkRequired(names, key, 'spec.names', errors))
      checkFormat(isDns1035Label, text(names, key).toLowerCase(), `spec.names.${key}`, errors);
  if (text(names, 'kind') !== '' && text(names, 'kind') === text(names, 'listKind'))
    errors.push(
      invalid(
        'spec.names.listKind',
        text(names, 'listKind'),
        'kind and listKind may not be the same',
      ),
    );
}

function checkVersions(spec: JsonObject | undefined, errors: FieldError[]): void {
  const versions = children(spec, 'versions');
  const seen = new Set<string>();
  let stored = 0;
  versions.forEach((version, index) => {
    const at = `spec.versions[${index}]`;
    const name = text(version, 'name');
    checkFormat(isDns1035Label, name, `${at}.name`, errors);
    if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
    if (flag(version, 'storage')) stored++;
    if (!isSet(child(version, 'schema'), 'openAPIV3Schema'))
      errors.push(required(`${at}.schema.openAPIV3Schema`, 'schemas are required'));
  });
  if (stored !== 1)
    errors.push(
      invalid(
        'spec.versions',
        spec?.['versions'] ?? [],
        'must have exactly one version marked as storage version',
      ),
    );
}

function validateUpdate(definition: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(definition, 'spec');
  const before = child(old, 'spec');
  for (const key of ['scope', 'group'])
    checkImmutable(spec?.[key], before?.[key], `spec.${key}`, errors);
  for (const key of ['kind', 'plural'])
    checkImmutable(
      child(spec, 'names')?.[key],
      child(before, 'names')?.[key],
      `spec.names.${key}`,
      errors,
    );
  return errors;
}

export const customResourceDefinitionStrategy: Strategy = {
  applyDefaults,
  prepareForCreate: (definition) => {
    const stored = children(child(definition, 'spec'), 'versions')
      .filter((version) => flag(version, 'storage'))
      .map((version) => text(version, 'name'));
    definition['status'] = {
      conditions: [],
      acceptedNames: { plural: '', kind: '' },
      storedVersions: stored,
    };
  },
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate,
  allowUnconditionalUpdate: false,
};
