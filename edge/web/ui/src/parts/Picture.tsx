/** Pictures that were kept as evidence: one of them, or all of one sighting. */

import { useEffect, useState } from "react";
import { pictureAddress } from "../api/client";
import { useMay } from "../api/me";
import { useGet } from "../api/use";
import { useWords } from "../words/use";
import { Icon } from "./Icon";
import "./picture.css";

const MOST_CROPS = 4; // of one reach; more of the same hand tell no more
const LATE_MS = 1500; // ms; a sighting is told before its pictures are written
const TRIES = 3;

export function Picture({ name, alt, version }: { name: string; alt: string; version?: number }) {
  const { t } = useWords();
  const source = pictureAddress(name, version);
  const [failed, setFailed] = useState<string | null>(null);
  if (failed === source) {
    return (
      <span className="picture-gone small quiet">
        <Icon name="camera" /> {t("picture.gone")}
      </span>
    );
  }
  return <img className="picture" src={source} alt={alt} decoding="async" onError={() => setFailed(source)} />;
}

/** The pictures of one sighting, by the name that it gives its evidence; nothing for who may not see any. */
export function Crops({ evidence, alt }: { evidence: string; alt: string }) {
  const may = useMay();
  return evidence === "" || !may("pictures") ? null : <KnownCrops key={evidence} evidence={evidence} alt={alt} />;
}

function KnownCrops({ evidence, alt }: { evidence: string; alt: string }) {
  const { t, number } = useWords();
  const [tries, setTries] = useState(1);
  const { value, problem } = useGet("/api/v1/evidence/{name}", { path: { name: evidence } }, tries);
  const late = value !== null && value.pictures.length === 0 && tries < TRIES;
  useEffect(() => {
    if (!late) return;
    const timer = setTimeout(() => setTries((now) => now + 1), LATE_MS);
    return () => clearTimeout(timer);
  }, [late, tries]);
  if (problem !== null) return null;
  if (value === null || late) return <span className="crops" aria-hidden="true" />;
  if (value.pictures.length === 0) return <span className="small quiet">{t("picture.gone")}</span>;
  return (
    <span className="crops">
      {value.pictures.slice(0, MOST_CROPS).map((name, place) => (
        <Picture key={name} name={name} alt={t("picture.crop", { what: alt, number: number(place + 1) })} />
      ))}
    </span>
  );
}
