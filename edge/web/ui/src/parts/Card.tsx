/** One quiet surface with what belongs together. */

import { useId, type ReactNode } from "react";
import "./card.css";

interface Props {
  title?: ReactNode;
  /** Beside the title: a count, a link, a button. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Lists whose rows reach from edge to edge. */
  flush?: boolean;
}

export function Card({ title, aside, children, className = "", flush = false }: Props) {
  const id = useId();
  return (
    <section className={`card ${flush ? "card-flush" : ""} ${className}`} {...(title === undefined ? {} : { "aria-labelledby": id })}>
      {title !== undefined && (
        <header className="card-head">
          <h2 id={id}>{title}</h2>
          {aside !== undefined && <div className="card-aside">{aside}</div>}
        </header>
      )}
      <div className="card-body">{children}</div>
    </section>
  );
}
