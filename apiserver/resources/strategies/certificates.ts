// CertificateSigningRequest: the server says who asks; what is asked for never changes.
import { type FieldError, invalid, required } from '../../object/field-error.js';
import type { KubeObject } from '../../object/kube-object.js';
import type { Strategy, StrategyContext } from '../resource.js';
import { child, copyField, ensure, optionalInteger, text, texts } from './fields.js';
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
  if (texts(spec, 'usages').length === 0) errors.push(required('spec.usages'));
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

export const certificateSigningRequestStrategy: Strategy = {
  name: 'path-segment',
  prepareForCreate,
  prepareForUpdate: (request, old) => {
    copyField(request, old, 'spec');
    keepStatus(request, old);
  },
  validate,
};
