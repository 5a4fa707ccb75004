// namespaces/finalize: the only way to change spec.finalizers. When the last one goes from a namespace that is
// being deleted, the update flow removes the namespace itself.
import type { UpdateRules } from '../update-flow.js';
import { keepAllBut } from './status.js';

export const finalizeRules: UpdateRules = {
  isolate: (next, old) => {
    keepAllBut(next, old, ['spec']);
  },
  validate: () => [],
  isMain: false,
  ownership: 'record',
};
