/** The dashboard begins here. */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { mindWho } from "./api/me";
import { line } from "./api/use";
import { askBeforeLeaving, mindLeaving } from "./shell/leaving";
import { Shell } from "./shell/Shell";
import { mindSession } from "./shell/signIn";
import "./styles/tokens.css";
import "./styles/base.css";
import { wearTheme } from "./styles/theme";
import { firstLanguage, speak } from "./words/use";

wearTheme();
mindSession();
mindLeaving();
mindWho();
line.start();
addEventListener("online", line.start);
addEventListener("pageshow", (event) => event.persisted && line.start());
addEventListener("pagehide", line.stop);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
void speak(firstLanguage(), false).then(() =>
  createRoot(root).render(
    <StrictMode>
      <Router aroundNav={askBeforeLeaving}>
        <Shell />
      </Router>
    </StrictMode>,
  ),
);
