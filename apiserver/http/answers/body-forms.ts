// Forms of request bodies beside JSON and YAML, which rest/ reads itself: protobuf is turned into JSON here.
import { stringifyJson } from '../../object/json.js';
import { ProtobufDecoder, protobufMediaType } from '../../schema/protobuf.js';

export interface Body {
  readonly bytes: Uint8Array;
  /** Media type of `bytes`. */
  readonly contentType: string;
}

const encoder = new TextEncoder();

export class BodyForms {
  readonly #protobuf = new ProtobufDecoder();

  /** Throws 400. An empty body stays empty, whatever it is called. */
  read(bytes: Uint8Array, contentType: string): Body {
    if (contentType !== protobufMediaType || bytes.length === 0) return { bytes, contentType };
    const json = stringifyJson(this.#protobuf.decode(bytes));
    return { bytes: encoder.encode(json), contentType: 'application/json' };
  }
}
