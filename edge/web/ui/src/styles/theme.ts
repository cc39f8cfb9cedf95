/** Light or dark: what the system says, or what was chosen here; kept by the browser. */

import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];

const KEPT_AS = "smartstore.theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let chosen: Theme = kept();

/** Put the look on the page, and follow the system from now on. */
export function wearTheme(): void {
  show();
  systemIsDark.addEventListener("change", show);
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => chosen,
  );
}

export function chooseTheme(theme: Theme): void {
  chosen = theme;
  try {
    localStorage.setItem(KEPT_AS, theme);
  } catch {
    // a browser that keeps nothing: chosen for this page only
  }
  show();
  for (const listener of listeners) listener();
}

function show(): void {
  const dark = chosen === "dark" || (chosen === "system" && systemIsDark.matches);
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
}

function kept(): Theme {
  try {
    const told = localStorage.getItem(KEPT_AS);
    return THEMES.find((one) => one === told) ?? "system";
  } catch {
    return "system";
  }
}
