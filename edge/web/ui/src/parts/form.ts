/** Where somebody goes on after a form did not take what was entered. */

/** Puts the focus on the first field of `form` that is marked as wrong, once it is drawn so. */
export function focusWrong(form: EventTarget): void {
  requestAnimationFrame(() => form instanceof HTMLElement && form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
