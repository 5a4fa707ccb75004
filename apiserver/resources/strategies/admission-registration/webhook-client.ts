// Where a webhook is called: either an https URL or a Service of the cluster, never both. Part of
// webhook-configurations.ts.
import { type FieldError, invalid, required } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { child, optionalInteger, optionalText, text } from '../fields.js';

export function checkClient(
  client: JsonObject | undefined,
  at: string,
  errors: FieldError[],
): void {
  const url = optionalText(client, 'url');
  const service = child(client, 'service');
  if ((url === undefined) === (service === undefined))
    errors.push(required(at, 'exactly one of url or service is required'));
  else if (url !== undefined) checkUrl(url, `${at}.url`, errors);
  else if (service !== undefined) checkService(service, `${at}.service`, errors);
}

function checkUrl(url: string, field: string, errors: FieldError[]): void {
  const form = '; desired format: https://host[/path]';
  if (!URL.canParse(url)) {
    errors.push(required(field, `url must be a valid URL: ${url}${form}`));
    return;
  }
  const parsed = new URL(url);
  const refuse = (value: string, detail: string): void => {
    errors.push(invalid(field, value, detail));
  };
  if (parsed.protocol !== 'https:')
    refuse(parsed.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`);
  if (parsed.host === '') refuse(parsed.host, `host must be specified${form}`);
  if (parsed.username !== '' || parsed.password !== '')
    refuse(parsed.username, 'user information is not permitted in the URL');
  if (parsed.hash !== '') refuse(parsed.hash.slice(1), 'fragments are not permitted in the URL');
  if (parsed.search !== '')
    refuse(parsed.search.slice(1), 'query parameters are not permitted in the URL');
}

function checkService(service: JsonObject, at: string, errors: FieldError[]): void {
  if (text(service, 'name') === '') errors.push(required(`${at}.name`, 'service name is required'));
  if (text(service, 'namespace') === '')
    errors.push(required(`${at}.namespace`, 'service namespace is required'));
  const port = optionalInteger(service, 'port');
  if (port !== undefined && (port < 1 || port > 65_535))
    errors.push(
      invalid(`${at}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'),
    );
  const path = optionalText(service, 'path');
  if (path !== undefined && path !== '' && !path.startsWith('/'))
    errors.push(invalid(`${at}.path`, path, "must start with a '/'"));
}
