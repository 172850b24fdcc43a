// What this browser remembers. A browser that may not store anything still works.

export function recall(name, otherwise) {
  try {
    const value = localStorage.getItem(`dauys.${name}`);
    return value === null ? otherwise : JSON.parse(value);
  } catch {
    return otherwise;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(`dauys.${name}`, JSON.stringify(value));
  } catch {
    // Storage is off or full: the choice lasts as long as the page.
  }
}
