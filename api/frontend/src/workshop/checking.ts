// What the linter says of a package with this file as it stands in its editor, whenever its user pauses.
import { type Finding, type Place, call } from "./place";
import { Quietly } from "./quietly";

const CHECK_AFTER_MS = 1000;

export function checking(place: Place, content: () => Promise<string>, show: (findings: Finding[]) => void): Quietly {
  return new Quietly(async (counts) => {
    const answer = await call("POST", `${place.path}/lint`, { files: { [place.file]: await content() } });
    if (answer.status === 200 && counts()) show(answer.body.findings);
  }, CHECK_AFTER_MS);
}
