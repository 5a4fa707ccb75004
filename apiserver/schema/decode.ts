// From a request's bytes to JSON: media type, text encoding, syntax. Whether the value fits its kind is
// read-object.ts' matter.
import { badRequest, unsupportedMediaType, type ApiError } from '../object/api-error.js';
import { JsonSyntaxError, parseJson } from '../object/json.js';
import { isJsonObject, type Json, type JsonObject } from '../object/kube-object.js';
import { parseYaml, YamlSyntaxError } from '../object/yaml.js';
import { repeatedText } from './prune.js';

export interface Decoded<T extends Json = Json> {
  readonly value: T;
  /** Finished sentences about repeated keys, for warnings and strict errors. */
  readonly duplicates: string[];
}

export const bodyMediaTypes: readonly string[] = ['application/json', 'application/yaml'];

/** The real decoder stops collecting there, too. */
const duplicatesMax = 100;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * One object. `mediaType` is lower case without parameters; '' counts as JSON. `kind` is what the path expects,
 * for the error's words. Throws ApiError: 415 for other media types, 400 for what cannot be read.
 */
export function decodeBody(bytes: Uint8Array, mediaType: string, kind = ''): Decoded<JsonObject> {
  if (mediaType !== '' && !bodyMediaTypes.includes(mediaType))
    throw unsupportedMediaType(bodyMediaTypes);
  const { value, duplicates } = decodeValue(bytes, mediaType, kind);
  if (isJsonObject(value)) return { value, duplicates };
  const what = Array.isArray(value) ? 'array' : typeof value === 'bigint' ? 'number' : typeof value;
  if (value === null) return { value: {}, duplicates };
  throw unreadable(
    bytes,
    kind,
    `json: cannot unmarshal ${what === 'boolean' ? 'bool' : what} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
  );
}

/** Any value (a patch, say): YAML when the media type ends so, JSON else. Throws ApiError (400). */
export function decodeValue(bytes: Uint8Array, mediaType: string, kind = ''): Decoded {
  const text = utf8.decode(bytes);
  const duplicates: string[] = [];
  try {
    if (mediaType.endsWith('yaml')) {
      const [value = null] = parseYaml(text, {
        isFirstOnly: true,
        onDuplicate: (message) => {
          if (duplicates.length < duplicatesMax) duplicates.push(message);
        },
      });
      return { value, duplicates };
    }
    const seen = new Set<string>();
    const value = parseJson(text, {
      onDuplicate: (path) => {
        if (seen.size < duplicatesMax) seen.add(path);
      },
    });
    for (const path of seen) duplicates.push(repeatedText(path));
    return { value, duplicates };
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw unreadable(bytes, kind, error.message);
    if (error instanceof YamlSyntaxError) throw badYaml(bytes, kind, error.message);
    throw error;
  }
}

const unreadable = (bytes: Uint8Array, kind: string, why: string): ApiError =>
  notRecognised(bytes, kind, `couldn't get version/kind; json parse error: ${why}`);

const badYaml = (bytes: Uint8Array, kind: string, why: string): ApiError =>
  notRecognised(bytes, kind, `yaml: ${why}`);

function notRecognised(bytes: Uint8Array, kind: string, why: string): ApiError {
  if (kind === '') return badRequest(why);
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(bytes)})`,
  );
}

const summaryBytesMax = 30;

/** The first bytes of a body, as the real error shows them: text when it begins like JSON, else hex. */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>';
  const head = bytes.subarray(0, summaryBytesMax);
  const shown = bytes[0] === 0x7b ? utf8.decode(head) : Buffer.from(head).toString('hex');
  return bytes.length > summaryBytesMax ? `${shown} ...` : shown;
}
