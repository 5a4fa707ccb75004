// YAML bodies, for clients that ask for application/yaml: block style, two blanks a level, keys sorted as
// sigs.k8s.io/yaml sorts them. Strings that could be read as something else are written in JSON's quotes,
// which are YAML's double quotes too.
import { parseJson } from '../../object/json.js';
import type { Json } from '../../object/kube-object.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** From finished JSON. */
export const yamlOf = (json: Uint8Array): Uint8Array =>
  encoder.encode(yamlText(parseJson(decoder.decode(json))));

export function yamlText(value: Json): string {
  const lines: string[] = [];
  writeBlock(value, '', lines);
  return `${lines.join('\n')}\n`;
}

function writeBlock(value: Json, indent: string, lines: string[]): void {
  if (Array.isArray(value) && value.length > 0) {
    for (const item of value) writeEntry(`${indent}-`, item, `${indent}  `, lines, true);
    return;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const keys = Object.keys(value).sort();
    for (const key of keys) {
      const child = value[key];
      // Lists stand at their key's own indent, as kubectl prints them.
      const below = Array.isArray(child) ? indent : `${indent}  `;
      if (child !== undefined) writeEntry(`${indent}${scalar(key)}:`, child, below, lines, false);
    }
    if (keys.length > 0) return;
  }
  lines.push(`${indent}${inline(value)}`);
}

/** `lead` is `key:` or `-`; an item's block starts on the dash's own line. */
function writeEntry(
  lead: string,
  value: Json,
  indent: string,
  lines: string[],
  isItem: boolean,
): void {
  const isEmpty = typeof value !== 'object' || value === null || Object.keys(value).length === 0;
  if (isEmpty) {
    lines.push(`${lead} ${inline(value)}`);
    return;
  }
  if (!isItem) {
    lines.push(lead);
    writeBlock(value, indent, lines);
    return;
  }
  const block: string[] = [];
  writeBlock(value, indent, block);
  const [first = '', ...others] = block;
  lines.push(`${lead} ${first.slice(indent.length)}`, ...others);
}

function inline(value: Json): string {
  if (Array.isArray(value)) return '[]';
  if (typeof value === 'object' && value !== null) return '{}';
  return typeof value === 'string' ? scalar(value) : String(value);
}

const plain = /^[A-Za-z_/][\w./-]*$/;
const reserved = /^(?:y|n|yes|no|true|false|on|off|null|nan|inf)$/i;

const scalar = (text: string): string =>
  plain.test(text) && !reserved.test(text) ? text : JSON.stringify(text);
