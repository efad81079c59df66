// The same function as `merge` in chartroom/wire/protocol.py: tests/wire/golden/merge.json holds both to it.

// What a reader shows after frames came in any order, some of them twice. `seq` is the last
// number that the reader knows to be complete; null: it takes whatever comes first.
export function merge(have, fresh, seq = null) {
  const bySeq = new Map();
  for (const message of have) bySeq.set(message.seq, message);
  for (const message of fresh) bySeq.set(message.seq, message);
  const messages = Array.from(bySeq.values()).sort((one, other) => one.seq - other.seq);

  if (seq === null && messages.length) seq = messages[0].seq;
  while (seq !== null && bySeq.has(seq + 1)) seq += 1;
  const last = messages.length ? messages[messages.length - 1].seq : 0;
  return { messages, seq, gap: last > (seq || 0) };
}
