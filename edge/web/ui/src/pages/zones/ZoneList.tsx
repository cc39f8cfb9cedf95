/** The zones by name: which plates each is for, added and taken away; and the plates that no zone watches. */

import { Button } from "../../parts/Button";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/States";
import { useWords } from "../../words/use";
import type { Zone } from "./shapes";

interface Props {
  zones: readonly Zone[];
  chosen: number | null;
  plates: readonly string[];
  bare: readonly string[];
  onChoose: (place: number) => void;
  onChange: (place: number, zone: Zone) => void;
  onAdd: () => void;
  onRemove: (place: number) => void;
}

export function ZoneList({ zones, chosen, plates, bare, onChoose, onChange, onAdd, onRemove }: Props) {
  const { t, list } = useWords();
  const turn = (zone: Zone, plate: string): Zone => ({
    ...zone,
    plates: zone.plates.includes(plate) ? zone.plates.filter((one) => one !== plate) : plates.filter((one) => one === plate || zone.plates.includes(one)),
  });
  return (
    <Card
      title={t("zones.list")}
      flush
      aside={
        <Button icon="add" disabled={plates.length === 0} onClick={onAdd}>
          {t("zones.add")}
        </Button>
      }
    >
      {zones.length === 0 ? (
        <Empty icon="grid" title={t("zones.empty")}>
          {t("zones.empty.words")}
        </Empty>
      ) : (
        <ol className="zone-list" aria-label={t("zones.list")}>
          {zones.map((zone, place) => (
            <li key={place} data-chosen={place === chosen}>
              <div className="zone-row">
                <button type="button" className="zone-pick" aria-pressed={place === chosen} onClick={() => onChoose(place)}>
                  {zone.plates.length === 0 ? t("zones.plateless") : list(zone.plates)}
                </button>
                <Button kind="quiet" icon="close" aria-label={t("zones.remove", { plates: zone.plates.join(", ") })} onClick={() => onRemove(place)} />
              </div>
              {place === chosen && (
                <fieldset className="zone-plates">
                  <legend className="small quiet">{t("zones.plates")}</legend>
                  {plates.map((plate) => (
                    <label key={plate}>
                      <input type="checkbox" checked={zone.plates.includes(plate)} onChange={() => onChange(place, turn(zone, plate))} />
                      <span>{plate}</span>
                    </label>
                  ))}
                </fieldset>
              )}
            </li>
          ))}
        </ol>
      )}
      {bare.length > 0 && zones.length > 0 && <p className="zone-bare small quiet">{t("zones.bare", { plates: list(bare) })}</p>}
    </Card>
  );
}
