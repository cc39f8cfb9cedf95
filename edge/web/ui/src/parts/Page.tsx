/** The frame of one page: its title for the window, its heading, what can be done on it. */

import { useEffect, type ReactNode } from "react";
import { useLine } from "../api/use";
import "./page.css";

export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const store = useLine((state) => state.snapshot?.name ?? "");
  useEffect(() => {
    document.title = store === "" ? title : `${title} – ${store}`;
  }, [title, store]);
  return (
    <div className="page">
      <header className="page-head">
        <h1 tabIndex={-1}>{title}</h1>
        {actions !== undefined && <div className="row">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
