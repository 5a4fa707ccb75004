// Jest reporter: after jest's own summary, one plain line that any tool can read.
import { writeSync } from 'node:fs';

export default class PlainSummary {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    // A suite that could not even load counts as a failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    // Jest's own summary is printed after this; the line comes last.
    process.once('exit', () => {
      writeSync(2, `\n${results.numPassedTests} passed, ${failed} failed${tail}\n`);
    });
  }
}
