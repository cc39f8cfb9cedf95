/** The receipt: what is paid, whether a person looks first, and what to say to whom where it is wrong. */

import { useLine } from "./store";
import { Button } from "../parts/Button";
import { Icon } from "../parts/Icon";
import { useWords } from "../words/use";
import { Contact } from "./Contact";
import { Goods } from "./Goods";
import { receiptOf } from "./screen";
import { dismiss, useSeen } from "./useScreen";

export function Bill() {
  const { t } = useWords();
  const seen = useSeen();
  const bill = useLine(({ snapshot }) => (snapshot === null ? null : receiptOf(snapshot, seen)));
  const free = useLine(({ snapshot }) => snapshot?.phase !== "receipt");
  if (bill === null) return null;
  return (
    <section className="kiosk-list" aria-label={t("kiosk.bill")}>
      {bill.status === "provisional" && (
        <p className="kiosk-hint" data-calm>
          <Icon name="eye" size={28} />
          <span>
            <strong>{t("kiosk.provisional.title")}</strong> {t("kiosk.provisional.words")}
          </span>
        </p>
      )}
      {bill.lines.length === 0 ? <p className="kiosk-empty">{t("kiosk.bill.empty")}</p> : <Goods label={t("kiosk.bill")} lines={bill.lines} total={bill.total_minor} />}
      <div className="kiosk-contest">
        <p>
          <strong>{t("kiosk.contest.title")}</strong> {t("kiosk.contest.words")}
        </p>
        <Contact />
        <p className="kiosk-visit">
          <span>{t("kiosk.contest.visit")}</span> <b>{bill.short}</b>
        </p>
        {free && (
          <Button kind="primary" className="kiosk-done" onClick={dismiss}>
            {t("kiosk.done")}
          </Button>
        )}
      </div>
    </section>
  );
}
