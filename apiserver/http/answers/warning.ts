// Warning headers (RFC 7234 §5.5): `299 - "text"`. A header holds one line of bytes, so text is made fit,
// and there is a limit to how much of it clients must swallow (apiserver's warning recorder: 4 KiB in all).

const textCharsMax = 1024;
const headersBytesMax = 4096;

/** Undefined: said already, or no room left. */
export function warningHeader(text: string, sent: readonly string[]): string | undefined {
  const line = text
    .slice(0, textCharsMax)
    // Control characters end a header line.
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .replace(/["\\]/g, '\\$&');
  // Header values are bytes: UTF-8 goes out as it is, one character a byte.
  const header = `299 - "${Buffer.from(line, 'utf8').toString('latin1')}"`;
  const used = sent.reduce((sum, other) => sum + other.length, 0);
  return sent.includes(header) || used + header.length > headersBytesMax ? undefined : header;
}
