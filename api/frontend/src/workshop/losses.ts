// What an editor of bpmn.io cannot keep of a file: comments, and what it does not understand.
import { say } from "./place";

/** Say what would be lost of some XML; `warnings` are those that the editor gave when it read it. */
export function lossesOf(xml: string, warnings: { message?: string }[]): string[] {
  const told: string[] = [];
  // What is quoted in CDATA only looks like a comment.
  const comments = xml.replace(/<!\[CDATA\[[^]*?\]\]>/g, "").match(/<!--[^]*?-->/g) ?? [];
  if (comments.length > 0) {
    told.push(say(`Berkas ini memuat ${comments.length} komentar XML, yang hilang bila disimpan di sini.`,
      `This file has ${comments.length} XML comments, which are lost when it is saved here.`));
  }
  if (warnings.length > 0) {
    const first = (warnings[0].message ?? "").split("\n")[0];
    told.push(say(`${warnings.length} bagian tidak dikenal dan hilang bila disimpan di sini (${first}).`,
      `${warnings.length} parts are not known and are lost when it is saved here (${first}).`));
  }
  return told;
}
