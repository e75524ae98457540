// What an element is, as the head of the properties panel says it. Events are put together of two words.
import type { Words } from "../translating";

const EVENTS: Words = {
  "Start Event": "Mulai",
  "End Event": "Akhir",
  "Intermediate Catch Event": "Peristiwa tengah penerima",
  "Intermediate Throw Event": "Peristiwa tengah pelempar",
  "Boundary Event": "Peristiwa tepi",
};

const DEFINITIONS: Words = {
  Message: "pesan",
  Timer: "pewaktu",
  Signal: "sinyal",
  Error: "kesalahan",
  Escalation: "eskalasi",
  Conditional: "bersyarat",
  Compensate: "kompensasi",
  Cancel: "pembatalan",
  Link: "tautan",
  Terminate: "penghentian",
};

function eventTypes(): Words {
  const made: Words = {};
  for (const [event, name] of Object.entries(EVENTS)) {
    made[event] = name;
    for (const [definition, kind] of Object.entries(DEFINITIONS)) {
      made[`${definition} ${event}`] = `${name} ${kind}`;
      made[`${definition} ${event} (Non Interrupting)`] = `${name} ${kind} (tidak memotong)`;
    }
  }
  return made;
}

export const types: Words = {
  ...eventTypes(),
  Process: "Proses",
  Collaboration: "Kolaborasi",
  Participant: "Pihak",
  "Expanded Pool": "Kolam terbuka",
  "Collapsed Pool": "Kolam terlipat",
  "Empty Pool": "Kolam kosong",
  Lane: "Jalur",
  Task: "Tugas",
  "User Task": "Tugas orang",
  "Service Task": "Tugas layanan",
  "Send Task": "Tugas kirim",
  "Receive Task": "Tugas terima",
  "Manual Task": "Tugas manual",
  "Script Task": "Tugas skrip",
  "Business Rule Task": "Tugas aturan bisnis",
  "Call Activity": "Kegiatan panggilan",
  Transaction: "Transaksi",
  "Sub Process": "Subproses",
  "Expanded Sub Process": "Subproses terbuka",
  "Collapsed Sub Process": "Subproses terlipat",
  "Event Sub Process": "Subproses peristiwa",
  "Ad Hoc Sub Process": "Subproses ad-hoc",
  "Expanded Ad Hoc Sub Process": "Subproses ad-hoc terbuka",
  "Collapsed Ad Hoc Sub Process": "Subproses ad-hoc terlipat",
  "Event Ad Hoc Sub Process": "Subproses ad-hoc peristiwa",
  "Exclusive Gateway": "Gerbang eksklusif",
  "Parallel Gateway": "Gerbang sejajar",
  "Inclusive Gateway": "Gerbang inklusif",
  "Complex Gateway": "Gerbang kompleks",
  "Event Based Gateway": "Gerbang peristiwa",
  "Sequence Flow": "Alur",
  "Default Flow": "Alur bawaan",
  "Conditional Flow": "Alur bersyarat",
  "Message Flow": "Alur pesan",
  Association: "Asosiasi",
  "Data Input Association": "Masukan data",
  "Data Output Association": "Keluaran data",
  "Data Object Reference": "Rujukan objek data",
  "Data Store Reference": "Rujukan penyimpan data",
  "Data Input": "Masukan data",
  "Data Output": "Keluaran data",
  Group: "Kelompok",
  "Text Annotation": "Catatan",
};
