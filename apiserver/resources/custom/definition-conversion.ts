// Checks of how a definition's versions convert: by renaming (None), or by a webhook that is named completely.
import { forbiddenField, invalid, required, type FieldError } from '../../object/field-error.js';
import type { Json, JsonObject } from '../../object/kube-object.js';
import { isDns1035Label } from '../../object/names.js';
import { unsupported } from '../strategies/checks.js';
import { child, isSet, optionalInteger, text, texts } from '../strategies/fields.js';

const strategies = ['None', 'Webhook'];
const reviewVersions = ['v1', 'v1beta1'];

export function checkConversion(
  conversion: JsonObject | undefined,
  path: string,
  errors: FieldError[],
): void {
  if (conversion === undefined) return;
  const strategy = text(conversion, 'strategy');
  const webhook = child(conversion, 'webhook');
  if (strategy === '') errors.push(required(`${path}.strategy`));
  else if (!strategies.includes(strategy))
    errors.push(unsupported(`${path}.strategy`, strategy, strategies));
  const versions = texts(webhook, 'conversionReviewVersions');
  const client = child(webhook, 'clientConfig');
  if (strategy !== 'Webhook') {
    const why = 'should not be set when strategy is not set to Webhook';
    if (client !== undefined) errors.push(forbiddenField(`${path}.webhookClientConfig`, why));
    if (versions.length > 0) errors.push(forbiddenField(`${path}.conversionReviewVersions`, why));
    return;
  }
  if (client === undefined)
    errors.push(
      required(`${path}.webhookClientConfig`, 'required when strategy is set to Webhook'),
    );
  else checkClient(client, `${path}.webhookClientConfig`, errors);
  checkReviewVersions(versions, `${path}.conversionReviewVersions`, errors);
}

function checkClient(client: JsonObject, path: string, errors: FieldError[]): void {
  const service = child(client, 'service');
  if (isSet(client, 'url') === (service !== undefined)) {
    errors.push(required(path, 'exactly one of url or service is required'));
    return;
  }
  if (service === undefined) checkUrl(text(client, 'url'), `${path}.url`, errors);
  else checkService(service, `${path}.service`, errors);
}

function checkUrl(value: string, field: string, errors: FieldError[]): void {
  const form = 'desired format: https://host[/path]';
  if (!URL.canParse(value)) {
    errors.push(
      required(field, `url must be a valid URL: parse ${JSON.stringify(value)}; ${form}`),
    );
    return;
  }
  const url = new URL(value);
  if (url.protocol !== 'https:') {
    const found = JSON.stringify(url.protocol.replace(/:$/, ''));
    const why = `'https' is the only allowed URL scheme; ${form}`;
    errors.push(invalid(field, JSON.parse(found) as Json, why)); // as: a string
  }
  if (url.host === '') errors.push(invalid(field, '', `host must be specified; ${form}`));
  const parts: readonly (readonly [string, string])[] = [
    [url.username, 'user information is not permitted in the URL'],
    [url.hash, 'fragments are not permitted in the URL'],
    [url.search, 'query parameters are not permitted in the URL'],
  ];
  for (const [part, why] of parts)
    if (part !== '') errors.push(invalid(field, part.replace(/^[#?]/, ''), why));
}

function checkService(service: JsonObject, path: string, errors: FieldError[]): void {
  if (text(service, 'name') === '')
    errors.push(required(`${path}.name`, 'service name is required'));
  if (text(service, 'namespace') === '')
    errors.push(required(`${path}.namespace`, 'service namespace is required'));
  const port = optionalInteger(service, 'port') ?? 443;
  if (port < 1 || port > 65535)
    errors.push(
      invalid(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'),
    );
  const urlPath = text(service, 'path');
  if (urlPath !== '' && !urlPath.startsWith('/'))
    errors.push(invalid(`${path}.path`, urlPath, "must start with a '/'"));
}

function checkReviewVersions(
  versions: readonly string[],
  field: string,
  errors: FieldError[],
): void {
  if (versions.length === 0) {
    errors.push(required(field));
    return;
  }
  for (const [index, version] of versions.entries()) {
    if (versions.indexOf(version) !== index) {
      errors.push(invalid(`${field}[${index}]`, version, 'duplicate version'));
      continue;
    }
    for (const problem of isDns1035Label(version))
      errors.push(invalid(`${field}[${index}]`, version, problem));
  }
  if (!versions.some((version) => reviewVersions.includes(version)))
    errors.push(
      invalid(field, [...versions], `must include at least one of ${reviewVersions.join(', ')}`),
    );
}
