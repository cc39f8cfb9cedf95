/** A sheet over the page: from below on a phone, in the middle elsewhere. Escape and a press beside it ask to close it: it stays while it is drawn.
 * What is marked `data-first` has the focus when it opens; when it is gone, what had it before. */

import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef } from "react";
import { useWords } from "../words/use";
import { Button } from "./Button";
import "./dialog.css";

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { t } = useWords();
  const own = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = own.current;
    if (dialog === null || dialog.open) return;
    const before = document.activeElement;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const cancel = (event: SyntheticEvent): void => {
    event.preventDefault();
    onClose();
  };
  const closed = (): void => {
    onClose();
    requestAnimationFrame(() => own.current?.isConnected === true && !own.current.open && own.current.showModal()); // its owner did not let it go
  };
  return (
    <dialog ref={own} className="dialog" aria-labelledby={id} onCancel={cancel} onClose={closed} onClick={(event) => event.target === own.current && onClose()}>
      <div className="dialog-sheet">
        <header className="dialog-head">
          <h2 id={id}>{title}</h2>
          <Button kind="quiet" icon="close" aria-label={t("act.close")} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
