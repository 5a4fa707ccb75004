// Jest reporter: after jest's own summary, one plain line that any tool can read.
import { writeSync } from 'node:fs';

export default class PlainSummary {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    // A suite that could not even load counts as a failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // How describeWithEtcd names what could not run (etcd-process.ts).
    const notRun = results.testResults
      .flatMap((file) => file.testResults)
      .filter((test) => test.ancestorTitles.some((title) => title.startsWith('NOT RUN'))).length;
    const why = notRun > 0 ? ` (${notRun} of them NOT RUN for want of a real etcd)` : '';
    const tail = skipped > 0 ? `, ${skipped} skipped${why}` : '';
    // Jest's own summary is printed after this; the line comes last.
    process.once('exit', () => {
      writeSync(2, `\n${results.numPassedTests} passed, ${failed} failed${tail}\n`);
    });
  }
}
