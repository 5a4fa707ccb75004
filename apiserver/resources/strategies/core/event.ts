// Event, as core/v1 and as events.k8s.io/v1: old clients may write almost anything, new ones must say who did
// what when.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import { checkQualifiedName, checkRequired } from '../checks.js';
import { child, integer, isSet, text } from '../fields.js';

const partMax = 128;
const messageMax = 1024;

/** The same thing has two names. */
interface Names {
  readonly object: string;
  readonly controller: string;
  readonly message: string;
}

const coreNames: Names = {
  object: 'involvedObject',
  controller: 'reportingComponent',
  message: 'message',
};
const newNames: Names = {
  object: 'regarding',
  controller: 'reportingController',
  message: 'note',
};

const isNewApi = (event: JsonObject): boolean =>
  text(event, 'apiVersion').startsWith('events.k8s.io/');
const namesOf = (event: JsonObject): Names => (isNewApi(event) ? newNames : coreNames);

function validate(event: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const names = namesOf(event);
  const { namespace = '' } = event.metadata;
  const of = text(child(event, names.object), 'namespace');
  const mismatch = invalid('involvedObject.namespace', of, 'does not match event.namespace');
  if (!isSet(event, 'eventTime')) {
    const fits = of === '' ? namespace === 'default' : of === namespace;
    if (!fits) errors.push(mismatch);
    return errors;
  }
  if (of === '' && namespace !== 'default' && namespace !== 'kube-system') errors.push(mismatch);
  const controller = text(event, names.controller);
  if (controller === '') errors.push(required(names.controller));
  checkQualifiedName(controller, names.controller, errors);
  for (const key of ['reportingInstance', 'action', 'reason']) {
    checkPart(event, key, errors);
  }
  if (text(event, names.message).length > messageMax)
    errors.push(invalid('message', '', `can have at most ${messageMax} characters`));
  return errors;
}

function checkPart(event: JsonObject, key: string, errors: FieldError[]): void {
  if (text(event, key) === '') errors.push(required(key));
  if (text(event, key).length > partMax)
    errors.push(invalid(key, '', `can have at most ${partMax} characters`));
}

const replaced = [
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
] as const;

/** What a new event must satisfy when it is written through the new API. */
function validateCreate(event: KubeObject): FieldError[] {
  if (!isNewApi(event)) return [];
  const errors: FieldError[] = [];
  if (!isSet(event, 'eventTime')) errors.push(required('eventTime'));
  const type = text(event, 'type');
  if (type !== 'Normal' && type !== 'Warning')
    errors.push(invalid('type', '', `has invalid value: ${type}`));
  const unset = 'needs to be unset';
  for (const [key, shown] of replaced)
    if (isSet(event, key)) errors.push(invalid(shown, '', unset));
  if (integer(event, 'deprecatedCount') !== 0) errors.push(invalid('count', '', unset));
  const source = child(event, 'deprecatedSource');
  if (text(source, 'component') !== '' || text(source, 'host') !== '')
    errors.push(invalid('source', '', unset));
  const series = child(event, 'series');
  if (series !== undefined) {
    if (integer(series, 'count') < 2)
      errors.push(invalid('series.count', '', 'should be at least 2'));
    checkRequired(series, 'lastObservedTime', 'series', errors);
  }
  return errors;
}

export const eventStrategy: Strategy = {
  validate,
  validateCreate,
  allowCreateOnUpdate: true,
};
