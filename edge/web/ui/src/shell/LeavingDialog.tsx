/** Asks whoever leaves a page with changes that are not saved. */

import { useLocation } from "wouter";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { useWords } from "../words/use";
import { answered, leave, useWanted } from "./leaving";

export function LeavingDialog() {
  const { t } = useWords();
  const wanted = useWanted();
  const [, navigate] = useLocation();
  if (wanted === null) return null;
  const go = (): void => {
    answered();
    leave(() => navigate(wanted));
  };
  return (
    <Dialog title={t("leaving.title")} onClose={answered}>
      <p className="quiet">{t("leaving.words")}</p>
      <div className="form-acts">
        <Button kind="danger" onClick={go}>
          {t("leaving.leave")}
        </Button>
        <Button kind="primary" onClick={answered} data-first>
          {t("leaving.stay")}
        </Button>
      </div>
    </Dialog>
  );
}
