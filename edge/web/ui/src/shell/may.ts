/** What whoever uses this page may do: each right as the store names it. */

export { type May, type Right, useMay } from "../api/me";
