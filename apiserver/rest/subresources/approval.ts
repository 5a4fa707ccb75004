// certificatesigningrequests/approval: only the conditions change here.
import type { JsonObject } from '../../object/kube-object.js';
import { stampConditions, validateApproval } from '../../resources/strategies/certificates.js';
import type { UpdateRules } from '../update-flow.js';
import { keepAllBut } from './status.js';

export const approvalRules: UpdateRules = {
  isolate: (next, old) => {
    keepAllBut(next, old, ['status']);
    const status = next['status'] as JsonObject | undefined; // as: schema-checked
    const before = old['status'] as JsonObject | undefined; // as: the same
    const conditions = status?.['conditions'];
    next['status'] = { ...before, ...(conditions === undefined ? {} : { conditions }) };
  },
  prepare: ({ now }, next, old) => {
    stampConditions(next, old, now);
  },
  validate: (_write, next, old) => validateApproval(next, old),
  isMain: false,
  ownership: 'record',
};
