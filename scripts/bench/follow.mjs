// node follow.mjs URL: milliseconds until the findings of the whole store are of everything stored when it was asked.
//
// After a start the findings say at once which commit they follow from, but not that older traces are still to be
// looked at: a note says that.

const MOST_MS = 120_000;
const PAUSE_MS = 5;

const began = performance.now();
const url = process.argv[2];

async function ask(path) {
  const answer = await fetch(url + path, { signal: AbortSignal.timeout(30_000) });
  return answer.json();
}

// The whole list is of no interest, and making it would be work beside what is measured.
const FOLLOWER = "/api/races?subject=no-variable-has-this-name";

const head = (await ask("/status")).data.seq;
while (performance.now() - began < MOST_MS) {
  const { as_of_seq: seen, data } = await ask(FOLLOWER);
  if (seen >= head && !data.notes.some((note) => note.startsWith("still catching up"))) {
    console.log(Math.round(performance.now() - began));
    process.exit(0);
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
console.error(`the findings are not complete after ${MOST_MS / 1000} s`);
console.log(MOST_MS);
