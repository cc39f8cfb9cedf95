/** Hands what a page shows to whoever uses it: as a file, or on the clipboard. */

/** Have the browser keep `text` as a file. */
export function saveText(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  fetchFile(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // the browser has begun to read it by then
}

/** Have the browser fetch a file of the store and keep it. */
export function fetchFile(address: string, name = ""): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

/** Whether `text` is on the clipboard now: only a page that came by a secured way may put it there. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
