// Windows options of a security context: GMSA credentials, the user name, host process containers.
import { type FieldError, invalid } from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { isDns1123Subdomain } from '../../../object/names.js';
import { child, flag, optionalFlag, optionalText } from '../fields.js';
import type { NamedContainer } from './scope.js';

const credentialKiBMax = 64;
const domainMax = 256;
const userMax = 104;
const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsDomain =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

export function checkWindowsOptions(options: JsonObject, path: string, errors: FieldError[]): void {
  const specName = optionalText(options, 'gmsaCredentialSpecName');
  if (specName !== undefined)
    for (const message of isDns1123Subdomain(specName))
      errors.push(invalid(`${path}.gmsaCredentialSpecName`, specName, message));
  const spec = optionalText(options, 'gmsaCredentialSpec');
  const specField = `${path}.gmsaCredentialSpec`;
  if (spec === '')
    errors.push(invalid(specField, spec, 'gmsaCredentialSpec cannot be an empty string'));
  else if (spec !== undefined && Buffer.byteLength(spec) > credentialKiBMax * 1024)
    errors.push(
      invalid(specField, spec, `gmsaCredentialSpec size must be under ${credentialKiBMax} KiB`),
    );
  const user = optionalText(options, 'runAsUserName');
  if (user === undefined) return;
  for (const message of userNameProblems(user))
    errors.push(invalid(`${path}.runAsUserName`, user, message));
}

function userNameProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/[\x00-\x1f\x7f]/.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const [domain, user = ''] = parts.length === 2 ? parts : [undefined, name];
  const problems: string[] = [];
  if (domain !== undefined) {
    if (domain.length >= domainMax)
      problems.push(`runAsUserName's Domain length must be under ${domainMax} characters`);
    if (!netBios.test(domain) && !dnsDomain.test(domain))
      problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  if (user.length > userMax)
    problems.push(`runAsUserName's User length must not be longer than ${userMax} characters`);
  if (/^[. ]+$/.test(user))
    problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    problems.push(
      'runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]',
    );
  return problems;
}

/** All containers or none, and only on the host's network. */
export function checkHostProcess(
  spec: JsonObject,
  containers: readonly NamedContainer[],
  path: string,
  errors: FieldError[],
): void {
  const hostProcess = (parent: JsonObject): boolean | undefined =>
    optionalFlag(child(child(parent, 'securityContext'), 'windowsOptions'), 'hostProcess');
  const ofPod = hostProcess(spec);
  let count = 0;
  for (const { container, path: at } of containers) {
    const own = hostProcess(container);
    if (ofPod !== undefined && own !== undefined && own !== ofPod)
      errors.push(
        invalid(
          `${at}.securityContext.windowsOptions.hostProcess`,
          own,
          `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
        ),
      );
    if (own ?? ofPod ?? false) count++;
  }
  if (count === 0) return;
  if (count !== containers.length)
    errors.push(
      invalid(
        path,
        '',
        'If pod contains any hostProcess containers then all containers must be HostProcess containers',
      ),
    );
  if (!flag(spec, 'hostNetwork'))
    errors.push(
      invalid(
        `${path}.hostNetwork`,
        false,
        'hostNetwork must be true if pod contains any hostProcess containers',
      ),
    );
}
