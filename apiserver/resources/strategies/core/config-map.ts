// ConfigMap and Secret: keys, the 1 MiB limit, immutability, and the keys each Secret type must have.
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import { isConfigMapKey } from '../../../object/names.js';
import type { Strategy } from '../../resource.js';
import { checkImmutable } from '../checks.js';
import { child, fillZero, flag, sameMeaning, text, textMap } from '../fields.js';

const bytesMax = 1024 * 1024;

const tooBig = (field: string): FieldError => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${bytesMax} bytes`,
});

/** Decoded length of valid base64, without decoding it. */
function base64Bytes(value: string): number {
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  return Math.floor((value.length * 3) / 4) - padding;
}

function validateConfigMap(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const data = textMap(object, 'data');
  const binary = textMap(object, 'binaryData');
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    checkKey(key, 'data', errors);
    if (Object.hasOwn(binary, key))
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    bytes += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binary)) {
    checkKey(key, 'binaryData', errors);
    bytes += base64Bytes(value);
  }
  if (bytes > bytesMax) errors.push(tooBig(''));
  return errors;
}

function checkKey(key: string, field: string, errors: FieldError[]): void {
  for (const message of isConfigMapKey(key)) errors.push(invalid(`${field}[${key}]`, key, message));
}

const frozen = 'field is immutable when `immutable` is set';

function checkFrozen(
  object: KubeObject,
  old: KubeObject,
  keys: readonly string[],
  errors: FieldError[],
): void {
  if (!flag(old, 'immutable')) return;
  if (!flag(object, 'immutable')) errors.push(forbiddenField('immutable', frozen));
  for (const key of keys)
    if (!sameMeaning(object[key], old[key])) errors.push(forbiddenField(key, frozen));
}

export const configMapStrategy: Strategy = {
  validate: validateConfigMap,
  validateUpdate: (object, old) => {
    const errors: FieldError[] = [];
    checkFrozen(object, old, ['data', 'binaryData'], errors);
    return errors;
  },
};

/** stringData is a way to write data; it is never stored. */
function mergeStringData(secret: KubeObject): void {
  fillZero(secret, 'type', 'Opaque');
  const plain = textMap(secret, 'stringData');
  if (secret['stringData'] === undefined) return;
  const data: JsonObject = { ...child(secret, 'data') };
  for (const [key, value] of Object.entries(plain))
    data[key] = Buffer.from(value).toString('base64');
  if (Object.keys(data).length > 0) secret['data'] = data;
  Reflect.deleteProperty(secret, 'stringData');
}

function validateSecret(secret: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(textMap(secret, 'data'))) {
    checkKey(key, 'data', errors);
    bytes += base64Bytes(value);
  }
  if (bytes > bytesMax) errors.push(tooBig('data'));
  checkSecretType(secret, errors);
  return errors;
}

const serviceAccountName = 'kubernetes.io/service-account.name';

function checkSecretType(secret: KubeObject, errors: FieldError[]): void {
  const data = textMap(secret, 'data');
  const need = (...keys: readonly string[]): void => {
    for (const key of keys) if (!Object.hasOwn(data, key)) errors.push(required(`data[${key}]`));
  };
  switch (text(secret, 'type')) {
    case 'kubernetes.io/service-account-token':
      if ((textMap(secret.metadata, 'annotations')[serviceAccountName] ?? '') === '')
        errors.push(required(`metadata.annotations[${serviceAccountName}]`));
      return;
    case 'kubernetes.io/dockercfg':
      checkJsonKey(data, '.dockercfg', errors);
      return;
    case 'kubernetes.io/dockerconfigjson':
      checkJsonKey(data, '.dockerconfigjson', errors);
      return;
    case 'kubernetes.io/basic-auth':
      if (data['username'] === undefined && data['password'] === undefined)
        need('username', 'password');
      return;
    case 'kubernetes.io/ssh-auth':
      if ((data['ssh-privatekey'] ?? '') === '') errors.push(required('data[ssh-privatekey]'));
      return;
    case 'kubernetes.io/tls':
      need('tls.crt', 'tls.key');
  }
}

function checkJsonKey(
  data: Readonly<Record<string, string>>,
  key: string,
  errors: FieldError[],
): void {
  const field = `data[${key}]`;
  const value = data[key];
  if (value === undefined) {
    errors.push(required(field));
    return;
  }
  const why = notAnObject(Buffer.from(value, 'base64').toString('utf8'));
  if (why !== undefined) errors.push(invalid(field, '<secret contents redacted>', why));
}

/** In the words of Go's decoder. */
function notAnObject(json: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    const start = json.trimStart();
    if (start === '') return 'unexpected end of JSON input';
    const first = start.charAt(0);
    return '{["-0123456789tfn'.includes(first)
      ? 'invalid character in JSON text'
      : `invalid character '${first}' looking for beginning of value`;
  }
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
}

export const secretStrategy: Strategy = {
  applyDefaults: mergeStringData,
  prepareForUpdate: (secret, old) => {
    // A client that leaves the type out means the one there is.
    if (text(secret, 'type') === '') fillZero(secret, 'type', text(old, 'type'));
  },
  validate: validateSecret,
  validateUpdate: (secret, old) => {
    const errors: FieldError[] = [];
    checkImmutable(secret['type'], old['type'], 'type', errors);
    checkFrozen(secret, old, ['data'], errors);
    return errors;
  },
};
