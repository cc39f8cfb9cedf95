/** What whoever uses this page may do: each right as the store names it. */

export type Right =
  | "see"
  | "pictures"
  | "let_in"
  | "service"
  | "review"
  | "stock"
  | "goods"
  | "audit"
  | "users"
  | "devices"
  | "settings"
  | "restart"
  | "metrics"
  | "kiosk";

export type May = (right: Right) => boolean;

const everything: May = () => true;

/** The one place where pages ask. The store itself refuses whatever a role may not do. */
export function useMay(): May {
  return everything;
}
