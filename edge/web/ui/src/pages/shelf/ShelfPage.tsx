/** The shelf as it stands: plates in their places with weight, goods and condition; doors; what the cameras see. */

import { useState } from "react";
import { useSnapshot } from "../../api/use";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { Icon } from "../../parts/Icon";
import { Page } from "../../parts/Page";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import { DoorChip } from "../today/Hero";
import { Cameras } from "./Cameras";
import { PlateTable } from "./PlateTable";
import { PlateTile } from "./PlateTile";
import { shelfRows } from "./planogram";
import "./shelf.css";

type Look = "picture" | "table";

export default function ShelfPage() {
  const { t } = useWords();
  const [look, setLook] = useState<Look>("picture");
  const plates = useSnapshot((snapshot) => snapshot.plates.length);
  const cameras = useSnapshot((snapshot) => snapshot.eye.condition !== "off");
  const looks = [
    { value: "picture" as const, words: <Mark icon="grid" words={t("shelf.picture")} /> },
    { value: "table" as const, words: <Mark icon="rows" words={t("shelf.table")} /> },
  ];
  return (
    <Page title={t("shelf.title")} actions={<Choice silent label={t("shelf.look")} options={looks} value={look} onChoose={setLook} />}>
      <div className="shelf-page" data-cameras={cameras}>
        <div className="stack">
          <Doors />
          {plates === 0 ? (
            <Card>
              <Empty icon="shelf" title={t("shelf.none.title")}>
                {t("shelf.none.words")}
              </Empty>
            </Card>
          ) : look === "picture" ? (
            <Picture />
          ) : (
            <Card flush>
              <PlateTable />
            </Card>
          )}
        </div>
        {cameras && <Cameras />}
      </div>
    </Page>
  );
}

function Mark({ icon, words }: { icon: "grid" | "rows"; words: string }) {
  return (
    <>
      <Icon name={icon} size={16} /> {words}
    </>
  );
}

function Doors() {
  const { t } = useWords();
  const doors = useSnapshot((snapshot) => snapshot.doors);
  const visiting = useSnapshot((snapshot) => snapshot.visit !== null);
  return (
    <div className="shelf-doors">
      <ul className="row" aria-label={t("door.all")}>
        {doors.map((door) => (
          <DoorChip key={door.door} door={door} />
        ))}
      </ul>
      <p className="small quiet" role="status">
        {visiting ? t("stock.asBefore") : ""}
      </p>
    </div>
  );
}

/** Draws anew only when a plate comes or goes: every tile follows its own plate. */
function Picture() {
  const { t } = useWords();
  const names = useSnapshot((snapshot) => snapshot.plates.map((plate) => plate.plate).join("\n"));
  const rows = shelfRows(names.split("\n").map((plate) => ({ plate })));
  const widest = Math.max(...rows.map((row) => row.plates.length));
  return (
    <div className="shelf" style={{ "--columns": widest } as React.CSSProperties}>
      {rows.map((row) => (
        <section key={row.name} className="shelf-row" aria-label={row.name === "" ? t("shelf.title") : t("shelf.row", { row: row.name })}>
          <ul>
            {row.plates.map(({ plate }) => (
              <PlateTile key={plate} name={plate} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
