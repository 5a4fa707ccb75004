// Endpoints and ServiceAccount.
import { isIp } from '../../../object/addresses.js';
import { type FieldError, required } from '../../../object/field-error.js';
import type { JsonObject, KubeObject } from '../../../object/kube-object.js';
import type { Strategy } from '../../resource.js';
import {
  checkDnsLabel,
  checkFormat,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
} from '../checks.js';
import { children, fillZero, integer, optionalText, text } from '../fields.js';
import { checkNotSpecial } from '../service/special-addresses.js';

function validate(endpoints: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  children(endpoints, 'subsets').forEach((subset, index) => {
    const at = `subsets[${index}]`;
    const lists = ['addresses', 'notReadyAddresses'];
    if (lists.every((list) => children(subset, list).length === 0))
      errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    for (const list of lists)
      children(subset, list).forEach((address, position) => {
        checkAddress(address, `${at}.${list}[${position}]`, errors);
      });
    const ports = children(subset, 'ports');
    ports.forEach((port, position) => {
      checkPort(port, ports.length > 1, `${at}.ports[${position}]`, errors);
    });
  });
  return errors;
}

function checkAddress(address: JsonObject, at: string, errors: FieldError[]): void {
  const ip = text(address, 'ip');
  checkFormat(isIp, ip, `${at}.ip`, errors);
  if (text(address, 'hostname') !== '')
    checkDnsLabel(text(address, 'hostname'), `${at}.hostname`, errors);
  const node = optionalText(address, 'nodeName');
  if (node !== undefined) checkSubdomain(node, `${at}.nodeName`, errors);
  checkNotSpecial(ip, `${at}.ip`, errors);
}

function checkPort(port: JsonObject, needsName: boolean, at: string, errors: FieldError[]): void {
  const name = text(port, 'name');
  if (name !== '') checkDnsLabel(name, `${at}.name`, errors);
  else if (needsName) errors.push(required(`${at}.name`));
  checkPortNumber(integer(port, 'port'), `${at}.port`, errors);
  const app = optionalText(port, 'appProtocol');
  if (app !== undefined) checkQualifiedName(app, `${at}.appProtocol`, errors);
}

export const endpointsStrategy: Strategy = {
  applyDefaults: (endpoints) => {
    for (const subset of children(endpoints, 'subsets'))
      for (const port of children(subset, 'ports')) fillZero(port, 'protocol', 'TCP');
  },
  validate,
  allowCreateOnUpdate: true,
};
