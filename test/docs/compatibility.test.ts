import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { builtInResources } from '../../apiserver/resources/built-in.js';

const page = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8');

it('lists every resource with its keys in both layouts, and none that is not served', () => {
  const section = page.slice(page.indexOf('## Resources and their keys'));
  const documented = section
    .split('\n')
    .filter(
      (line) => line.startsWith('| ') && !line.startsWith('| API') && !line.startsWith('| ---'),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
        .join(' | '),
    );
  const served = builtInResources({}).map((row) => {
    const { path, kubernetesPath } = row.storage;
    const real = path === kubernetesPath ? 'same' : `/registry/${kubernetesPath}`;
    return [
      row.group === '' ? row.version : `${row.group}/${row.version}`,
      row.plural,
      row.virtual ? 'not stored' : `/registry/${path}`,
      row.virtual ? '' : real,
      Object.keys(row.subresources).sort().join(', '),
    ].join(' | ');
  });
  expect(documented.sort()).toEqual(served.sort());
});
