// Jest reporter: after jest's own summary, one plain line that any tool can read.
export default class PlainSummary {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    // A suite that could not even load counts as a failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    process.stderr.write(`\n${results.numPassedTests} passed, ${failed} failed${tail}\n`);
  }
}
