// The ports of a Service: told apart by name, number and node port. Numbers are handed out in allocation.ts.
import {
  duplicate,
  type FieldError,
  forbiddenField,
  required,
} from '../../../object/field-error.js';
import type { JsonObject } from '../../../object/kube-object.js';
import { checkDnsLabel, checkPort, checkPortNumber, checkQualifiedName } from '../checks.js';
import { children, integer, optionalText, text } from '../fields.js';

export function checkPorts(spec: JsonObject, errors: FieldError[]): void {
  const ports = children(spec, 'ports');
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  const isClusterIp = text(spec, 'type') === 'ClusterIP';
  ports.forEach((port, index) => {
    const at = `spec.ports[${index}]`;
    checkPortFields(port, ports.length > 1, names, at, errors);
    const nodePort = integer(port, 'nodePort');
    const protocol = text(port, 'protocol');
    if (nodePort !== 0) {
      if (isClusterIp)
        errors.push(forbiddenField(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
      const key = `${protocol}/${nodePort}`;
      if (nodePorts.has(key)) errors.push(duplicate(`${at}.nodePort`, nodePort));
      nodePorts.add(key);
    }
    const number = integer(port, 'port');
    const key = `${protocol}/${number}`;
    if (numbers.has(key)) errors.push(duplicate(at, { port: number, protocol }));
    numbers.add(key);
  });
}

function checkPortFields(
  port: JsonObject,
  needsName: boolean,
  names: Set<string>,
  at: string,
  errors: FieldError[],
): void {
  const name = text(port, 'name');
  if (name !== '') {
    checkDnsLabel(name, `${at}.name`, errors);
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
  } else if (needsName) {
    errors.push(required(`${at}.name`));
  }
  checkPortNumber(integer(port, 'port'), `${at}.port`, errors);
  checkPort(port['targetPort'], `${at}.targetPort`, errors);
  const app = optionalText(port, 'appProtocol');
  if (app !== undefined) checkQualifiedName(app, `${at}.appProtocol`, errors);
}
