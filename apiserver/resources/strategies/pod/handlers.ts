// Probes and lifecycle hooks: exactly one handler, sensible numbers.
import { type FieldError, forbiddenField, invalid, required } from '../../../object/field-error.js';
import type { Json, JsonObject } from '../../../object/kube-object.js';
import { isHttpHeaderName } from '../../../object/names.js';
import { checkNotNegative, checkPort, checkPortNumber, checkRequired } from '../checks.js';
import { child, children, integer, optionalInteger, text, texts } from '../fields.js';

export type ProbeKind = 'livenessProbe' | 'readinessProbe' | 'startupProbe';
export const probeKinds: readonly ProbeKind[] = ['livenessProbe', 'readinessProbe', 'startupProbe'];

const counts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
];

export function checkProbes(container: JsonObject, path: string, errors: FieldError[]): void {
  for (const kind of probeKinds) {
    const probe = child(container, kind);
    if (probe !== undefined) checkProbe(probe, kind, `${path}.${kind}`, errors);
  }
}

function checkProbe(probe: JsonObject, kind: ProbeKind, path: string, errors: FieldError[]): void {
  checkHandler(probe, ['exec', 'httpGet', 'tcpSocket', 'grpc'], path, undefined, errors);
  checkNotNegative(probe, counts, path, errors);
  const grace = optionalInteger(probe, 'terminationGracePeriodSeconds');
  if (grace !== undefined && grace <= 0)
    errors.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  if (kind === 'readinessProbe') {
    if (grace !== undefined)
      errors.push(
        invalid(
          `${path}.terminationGracePeriodSeconds`,
          grace,
          'must not be set for readinessProbes',
        ),
      );
  } else if (integer(probe, 'successThreshold') !== 1) {
    errors.push(
      invalid(`${path}.successThreshold`, integer(probe, 'successThreshold'), 'must be 1'),
    );
  }
}

export function checkLifecycle(
  container: JsonObject,
  graceSeconds: number | undefined,
  path: string,
  errors: FieldError[],
): void {
  const lifecycle = child(container, 'lifecycle');
  if (lifecycle === undefined) return;
  for (const hook of ['postStart', 'preStop']) {
    const handler = child(lifecycle, hook);
    if (handler === undefined) continue;
    const at = `${path}.lifecycle.${hook}`;
    checkHandler(handler, ['exec', 'httpGet', 'tcpSocket', 'sleep'], at, graceSeconds, errors);
  }
}

type HandlerKind = 'exec' | 'httpGet' | 'tcpSocket' | 'grpc' | 'sleep';

function checkHandler(
  parent: JsonObject,
  kinds: readonly HandlerKind[],
  path: string,
  graceSeconds: number | undefined,
  errors: FieldError[],
): void {
  let found = false;
  for (const kind of kinds) {
    const handler = child(parent, kind);
    if (handler === undefined) continue;
    const at = `${path}.${kind}`;
    if (found) errors.push(forbiddenField(at, 'may not specify more than 1 handler type'));
    else if (kind === 'sleep') checkSleep(handler, at, graceSeconds, errors);
    else checkAction(kind, handler, at, errors);
    found = true;
  }
  if (!found) errors.push(required(path, 'must specify a handler type'));
}

function checkAction(
  kind: Exclude<HandlerKind, 'sleep'>,
  handler: JsonObject,
  path: string,
  errors: FieldError[],
): void {
  const port: Json | undefined = handler['port'];
  switch (kind) {
    case 'exec':
      if (texts(handler, 'command').length === 0) errors.push(required(`${path}.command`));
      return;
    case 'httpGet':
      checkRequired(handler, 'path', path, errors);
      checkPort(port, `${path}.port`, errors);
      for (const header of children(handler, 'httpHeaders'))
        for (const message of isHttpHeaderName(text(header, 'name')))
          errors.push(invalid(`${path}.httpHeaders`, text(header, 'name'), message));
      return;
    case 'tcpSocket':
      checkPort(port, `${path}.port`, errors);
      return;
    case 'grpc':
      checkPortNumber(integer(handler, 'port'), `${path}.port`, errors);
  }
}

function checkSleep(
  handler: JsonObject,
  path: string,
  graceSeconds: number | undefined,
  errors: FieldError[],
): void {
  const seconds = integer(handler, 'seconds');
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
  errors.push(
    invalid(
      path,
      seconds,
      `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
    ),
  );
}
