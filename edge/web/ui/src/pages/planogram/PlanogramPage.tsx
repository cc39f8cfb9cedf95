/** Which product stands where: the shelf as it is to be, laid out by hand. */

import { useGoods } from "../../api/goods";
import { Card } from "../../parts/Card";
import { Page } from "../../parts/Page";
import { Empty, Failure, Loading } from "../../parts/States";
import { useWords } from "../../words/use";
import { Kept } from "../settings/Kept";
import { Editor } from "./Editor";
import "./planogram.css";

export default function PlanogramPage() {
  const { t } = useWords();
  const { value: goods, problem, again } = useGoods();
  return (
    <Page title={t("planogram.title")}>
      {goods === null ? (
        <Card>{problem === null ? <Loading rows={8} /> : <Failure problem={problem} onAgain={again} />}</Card>
      ) : goods.plates.length === 0 ? (
        <Card>
          <Empty icon="shelf" title={t("shelf.none.title")}>
            {t("shelf.none.words")}
          </Empty>
        </Card>
      ) : (
        <>
          <Kept waiting={goods.waiting} edited={goods.edited} />
          <Editor goods={goods} onFresh={again} />
        </>
      )}
    </Page>
  );
}
