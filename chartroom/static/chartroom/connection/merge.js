// The same function as `merge` in chartroom/wire/merge.py. Both are tested by tests/wire/golden/merge.json.

// The messages that a client shows after receiving frames in any order, some of them twice. `seq` is the
// last number up to which no message is missing; null: the first message is the beginning.
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
