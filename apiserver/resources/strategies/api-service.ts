// APIService: named after its version and group, with priorities in range. A local one has no service; a remote one
// says where it is.
import { type FieldError, invalid } from '../../object/field-error.js';
import type { Strategy } from '../resource.js';
import { checkPortNumber, checkRequired } from './checks.js';
import { child, fillZero, integer, text } from './fields.js';
import { clearStatus, keepStatus } from './status.js';

const httpsPort = 443;

export const apiServiceStrategy: Strategy = {
  name: 'path-segment',
  applyDefaults: (object) => {
    const service = child(child(object, 'spec'), 'service');
    if (service !== undefined) fillZero(service, 'port', httpsPort);
  },
  prepareForCreate: clearStatus(),
  prepareForUpdate: keepStatus,
  validate: (object) => {
    const errors: FieldError[] = [];
    const spec = child(object, 'spec');
    const expected = `${text(spec, 'version')}.${text(spec, 'group')}`;
    const { name = '' } = object.metadata;
    if (name !== expected)
      errors.push(
        invalid(
          'metadata.name',
          name,
          `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(expected)}`,
        ),
      );
    for (const key of ['groupPriorityMinimum', 'versionPriority']) {
      const max = key === 'versionPriority' ? 1000 : 20_000;
      const value = integer(spec, key);
      if (value <= 0 || value > max)
        errors.push(invalid(`spec.${key}`, value, `must be positive and less than ${max}`));
    }
    const service = child(spec, 'service');
    if (service === undefined) return errors;
    checkRequired(service, 'namespace', 'spec.service', errors);
    checkRequired(service, 'name', 'spec.service', errors);
    checkPortNumber(integer(service, 'port'), 'spec.service.port', errors);
    return errors;
  },
  allowUnconditionalUpdate: false,
};
