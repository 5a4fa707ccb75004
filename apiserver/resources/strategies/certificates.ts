// CertificateSigningRequest: the server says who asks; what is asked for never changes; an approval or a denial
// comes through /approval only, the certificate through /status only, and neither is taken back.
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../object/kube-object.js';
import type { Strategy, StrategyContext } from '../resource.js';
import { certificateProblem } from './certificate-data.js';
import { child, children, copyField, ensure, optionalInteger, text, texts } from './fields.js';
import { checkSignerName } from './signer-name.js';
import { clearStatus, keepStatus } from './status.js';

const secondsMin = 600;

function prepareForCreate(request: KubeObject, context: StrategyContext): void {
  clearStatus()(request);
  const spec = ensure(request, 'spec');
  const { requester } = context;
  spec['username'] = requester?.name ?? context.user;
  for (const key of ['uid', 'groups', 'extra']) Reflect.deleteProperty(spec, key);
  if (requester === undefined) return;
  if (requester.uid !== '') spec['uid'] = requester.uid;
  if (requester.groups.length > 0) spec['groups'] = [...requester.groups];
  const extra = Object.entries(requester.extra);
  if (extra.length > 0)
    spec['extra'] = Object.fromEntries(extra.map(([key, values]) => [key, [...values]]));
}

function validate(request: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const spec = child(request, 'spec');
  const encoded = text(spec, 'request');
  const pem = Buffer.from(encoded, 'base64').toString('latin1');
  const block = /-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/.exec(pem);
  if (block?.[1] !== 'CERTIFICATE REQUEST')
    errors.push(invalid('spec.request', encoded, 'PEM block type must be CERTIFICATE REQUEST'));
  checkUsages(texts(spec, 'usages'), errors);
  checkSignerName(text(spec, 'signerName'), 'spec.signerName', errors);
  const seconds = optionalInteger(spec, 'expirationSeconds');
  if (seconds !== undefined && seconds < secondsMin)
    errors.push(
      invalid(
        'spec.expirationSeconds',
        seconds,
        'may not specify a duration less than 600 seconds (10 minutes)',
      ),
    );
  return errors;
}

/** Those of X.509 and of extended key usage, under the names Kubernetes gives them; sorted. */
const usages: readonly string[] = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

function checkUsages(asked: readonly string[], errors: FieldError[]): void {
  if (asked.length === 0) errors.push(required('spec.usages', 'usages must be provided'));
  asked.forEach((usage, index) => {
    if (!usages.includes(usage)) errors.push(notSupported(`spec.usages[${index}]`, usage, usages));
  });
  asked.forEach((usage, index) => {
    if (asked.indexOf(usage) < index) errors.push(duplicate(`spec.usages[${index}]`, usage));
  });
}

const conditionsOf = (request: KubeObject): readonly JsonObject[] =>
  children(child(request, 'status'), 'conditions');
const ofType = (request: KubeObject, type: string): readonly JsonObject[] =>
  conditionsOf(request).filter((condition) => text(condition, 'type') === type);

const decisions = ['Approved', 'Denied'] as const;
const final = [...decisions, 'Failed'] as const;

/** Times that the writer left out; a condition that says the same as before keeps its transition. */
export function stampConditions(request: KubeObject, old: KubeObject, now: string): void {
  for (const condition of conditionsOf(request)) {
    if (text(condition, 'lastUpdateTime') === '') condition['lastUpdateTime'] = now;
    if (text(condition, 'lastTransitionTime') !== '') continue;
    const same = ofType(old, text(condition, 'type')).find(
      (before) => before['status'] === condition['status'],
    );
    condition['lastTransitionTime'] = text(same, 'lastTransitionTime') || now;
  }
}

function checkConditions(request: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  conditionsOf(request).forEach((condition, index) => {
    const field = `status.conditions[${index}]`;
    const type = text(condition, 'type');
    const known: readonly string[] = final;
    const allowed = known.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    const status = text(condition, 'status');
    if (type === '') errors.push(required(`${field}.type`));
    if (status === '') errors.push(required(`${field}.status`));
    else if (!allowed.includes(status))
      errors.push(notSupported(`${field}.status`, status, allowed));
    const rival = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined;
    if (rival !== undefined && seen.has(rival))
      errors.push(
        invalid(`${field}.type`, type, 'Approved and Denied conditions are mutually exclusive'),
      );
    if (seen.has(type)) errors.push(duplicate(`${field}.type`, type));
    seen.add(type);
  });
  for (const type of final) {
    if (ofType(request, type).length < ofType(old, type).length)
      errors.push(
        forbiddenField('status.conditions', `updates may not remove a condition of type "${type}"`),
      );
  }
  return errors;
}

/** Of a write to /approval, which changes the conditions only. */
export const validateApproval = checkConditions;

/** Decisions are not made here: as many as before are the ones from before, more are an error. */
function prepareForStatusUpdate(
  request: KubeObject,
  old: KubeObject,
  { now }: StrategyContext,
): void {
  const status = child(request, 'status');
  for (const type of decisions) {
    const before = ofType(old, type);
    if (status === undefined || ofType(request, type).length !== before.length) continue;
    const kept = [...before];
    status['conditions'] = conditionsOf(request).map((condition) =>
      text(condition, 'type') === type ? { ...(kept.shift() ?? condition) } : condition,
    );
    if (conditionsOf(request).length === 0) Reflect.deleteProperty(status, 'conditions');
  }
  stampConditions(request, old, now);
}

function validateStatusUpdate(request: KubeObject, old: KubeObject): FieldError[] {
  const errors = checkConditions(request, old);
  for (const type of decisions) {
    if (ofType(request, type).length > ofType(old, type).length)
      errors.push(
        forbiddenField('status.conditions', `updates may not add a condition of type "${type}"`),
      );
  }
  const before = text(child(old, 'status'), 'certificate');
  const after = text(child(request, 'status'), 'certificate');
  if (after === before) return errors;
  const problem = certificateProblem(after);
  if (problem !== undefined)
    errors.push(invalid('status.certificate', '<certificate data>', problem));
  if (before !== '')
    errors.push(
      forbiddenField('status.certificate', 'updates may not modify existing certificate content'),
    );
  return errors;
}

export const certificateSigningRequestStrategy: Strategy = {
  name: 'path-segment',
  prepareForCreate,
  prepareForUpdate: (request, old) => {
    copyField(request, old, 'spec');
    keepStatus(request, old);
  },
  validate,
  prepareForStatusUpdate,
  validateStatusUpdate,
};
