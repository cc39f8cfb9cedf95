/** The shopper's screen begins here. */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { line } from "./store";
import "../styles/tokens.css";
import "../styles/base.css";
import { wearTheme } from "../styles/theme";
import { firstLanguage, speak } from "../words/use";
import { Kiosk } from "./Kiosk";
import { Recover } from "./Recover";

wearTheme();
line.start();
addEventListener("online", line.start);
addEventListener("pageshow", (event) => event.persisted && line.start());
addEventListener("pagehide", line.stop);
line.subscribe(() => line.state().refused?.status === 401 && location.assign("/login?next=/kiosk")); // a screen of another machine is let in by somebody

const root = document.getElementById("root");
if (root === null) throw new Error("kiosk.html has no #root");
void speak(firstLanguage(), false).then(() =>
  createRoot(root).render(
    <StrictMode>
      <Recover>
        <Kiosk />
      </Recover>
    </StrictMode>,
  ),
);
