/** What passers-by see while nobody is there: the same words, small and wandering over a dark ground, in every language in turn. */

import { type ReactNode, useEffect, useState } from "react";
import { languages, speak } from "../words/use";
import { freshGuest } from "./guest";
import { MOVE_EVERY_S, placeOf } from "./rest";
import type { Saying } from "./saying";
import "./resting.css";

export function Resting({ picture, saying }: { picture: ReactNode; saying: Saying }) {
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    const moving = setInterval(() => setTurn((now) => now + 1), MOVE_EVERY_S * 1000);
    return () => {
      clearInterval(moving);
      freshGuest();
    };
  }, []);

  useEffect(() => {
    const tag = languages[turn % languages.length];
    if (turn > 0 && tag !== undefined) void speak(tag, false);
  }, [turn]);

  const { x, y } = placeOf(turn);
  return (
    <main className="resting" data-theme="dark">
      <div className="resting-card" key={turn} style={{ left: `${x * 100}%`, top: `${y * 100}%`, translate: `${-x * 100}% ${-y * 100}%` }}>
        {picture}
        <h1>{saying.title}</h1>
        <p>{saying.words}</p>
      </div>
    </main>
  );
}
