// Integers of JSON: exact as far as 64 bits go.

const int64Min = -(2n ** 63n);
const uint64Max = 2n ** 64n - 1n;

/** Worth of an integer literal: number while exact, bigint while 64 bits hold it, else a double as Go's. */
export function integerFromText(text: string): number | bigint {
  const value = Number(text);
  // 20 digits and a sign hold every 64-bit integer.
  if (text.length > 21) return value;
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  const exact = BigInt(text);
  return exact >= int64Min && exact <= uint64Max ? exact : value;
}
