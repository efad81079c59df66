// localStorage, which may be full, disabled, or cleared at any time. A value that it does not take is kept in memory.

const memory = new Map();

export function load(key) {
  try {
    const text = localStorage.getItem(key);
    if (text !== null) return JSON.parse(text);
  } catch {
    // Access is denied, or the value is not JSON: treat it as missing.
  }
  return memory.has(key) ? memory.get(key) : null;
}

export function save(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    memory.delete(key);
  } catch {
    memory.set(key, value);
  }
}

export function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Access is denied, so nothing was stored.
  }
}

export function keys(prefix) {
  try {
    return Object.keys(localStorage).filter(key => key.startsWith(prefix));
  } catch {
    return [];
  }
}
