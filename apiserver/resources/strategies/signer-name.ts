// Signer names, `example.com/signer`: a domain of at least two labels and a path.
import { type FieldError, invalid, required } from '../../object/field-error.js';
import { checkDnsLabel, checkSubdomain } from './checks.js';

const domainMax = 253;
const nameMax = 317;

export function checkSignerName(signer: string, field: string, errors: FieldError[]): void {
  if (signer === '') {
    errors.push(required(field));
    return;
  }
  const segments = signer.split('/');
  const [domain = '', path = ''] = segments;
  if (segments.length !== 2) {
    errors.push(
      invalid(
        field,
        signer,
        'must be a fully qualified domain and path of the form "example.com/signer-name"',
      ),
    );
    return;
  }
  for (const label of domain.split('.')) checkDnsLabel(label, field, errors);
  if (!domain.includes('.'))
    errors.push(
      invalid(field, domain, 'should be a domain with at least two segments separated by dots'),
    );
  if (domain.length > domainMax || signer.length > nameMax)
    errors.push({
      reason: 'FieldValueTooLong',
      field,
      message: `Too long: may not be more than ${domain.length > domainMax ? domainMax : nameMax} bytes`,
    });
  if (path.includes('.')) checkSubdomain(path, field, errors);
  else checkDnsLabel(path, field, errors);
}
