/** A list and, beside it, the one of its entries that is looked at; on a narrow screen one or the other. */

import type { ReactNode } from "react";
import { Link } from "wouter";
import { Icon } from "./Icon";
import "./beside.css";

/** `list` and `one` carry `beside-list` and, where they stay in sight, `beside-still`. `none` stands where nothing is looked at. */
export function Beside({ className, list, one, none }: { className: string; list: ReactNode; one: ReactNode | null; none: ReactNode }) {
  return (
    <div className={`beside ${className}`} data-open={one !== null}>
      {list}
      {one ?? <div className="beside-none">{none}</div>}
    </div>
  );
}

export function BackToList({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} className="beside-back">
      <Icon name="back" size={18} /> {children}
    </Link>
  );
}
