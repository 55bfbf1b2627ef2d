// Runs named cases one after the other and closes with the line that every command of this project closes with.

/** Collects cases; a case passes if its function does not throw. */
export class Cases {
  #cases = [];

  /** Adds a case: a name that says what must hold, and an async function that throws if it does not. */
  add(name, check) {
    this.#cases.push({ name, check });
  }

  /** Runs all cases in order. Returns whether all passed. */
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
