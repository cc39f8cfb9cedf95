/** A button. `busy` says that it works on it and takes no second press. */

import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import "./button.css";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "primary" | "plain" | "quiet" | "danger";
  icon?: IconName;
  busy?: boolean;
  children?: ReactNode;
}

export function Button({ kind = "plain", icon, busy = false, children, className = "", disabled, ...rest }: Props) {
  return (
    <button type="button" className={`button ${className}`} data-kind={kind} data-bare={children === undefined} aria-busy={busy} disabled={disabled === true || busy} {...rest}>
      {icon !== undefined && <Icon name={icon} size={18} />}
      {children}
    </button>
  );
}
