// Runs named cases in order and prints the summary line of all test commands.

/** Collects cases. A case passes if its function does not throw. */
export class Cases {
  #cases = [];

  /**
   * Adds a case: a name that states the requirement, and an async function that throws if it is not
   * met.
   */
  add(name, check) {
    this.#cases.push({ name, check });
  }

  /** Runs all cases in order and returns whether all passed. */
  async run() {
    let passed = 0;
    let failed = 0;
    for (const { name, check } of this.#cases) {
      const began = Date.now();
      try {
        await check();
        passed += 1;
        console.log(`ok      ${name} (${Date.now() - began} ms)`);
      } catch (problem) {
        failed += 1;
        console.log(`FAILED  ${name}`);
        console.log(indented(problem));
      }
    }
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0;
  }
}

function indented(problem) {
  const cause = problem?.cause === undefined ? '' : `\ncause: ${JSON.stringify(problem.cause) ?? problem.cause}`;
  return `${problem?.stack ?? problem}${cause}`.replaceAll(/^/gm, '        ');
}
