// Keys as bytes and back. Names may hold any character, so keys are UTF-8.
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const encodeKey = (key: string): Uint8Array => encoder.encode(key);

export const decodeKey = (key: Uint8Array): string => decoder.decode(key);
