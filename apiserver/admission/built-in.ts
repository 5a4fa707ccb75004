// The admission plugins that are always on, in their order.
import { certificateRequester } from './certificate-requester.js';
import { AdmissionChain } from './chain.js';
import { namespaceLifecycle, type NamespaceReader } from './namespace-lifecycle.js';

export const builtInAdmission = (namespaces: () => NamespaceReader): AdmissionChain =>
  new AdmissionChain([namespaceLifecycle(namespaces), certificateRequester]);
