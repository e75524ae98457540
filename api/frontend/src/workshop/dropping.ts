// What somebody dropped on a page: files, and those in folders, with their paths.

export interface Dropped {
  path: string;
  file: File;
}

const MOST_FILES = 200;

export async function dropped(transfer: DataTransfer): Promise<Dropped[]> {
  // The list is empty after the first pause: the entries must be taken before it.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ path: file.name, file }));
  const found: Dropped[] = [];
  for (const entry of entries) await gather(entry, "", found);
  return found;
}

async function gather(entry: FileSystemEntry, folder: string, found: Dropped[]): Promise<void> {
  if (found.length >= MOST_FILES || entry.name.startsWith(".")) return;
  const path = folder + entry.name;
  if (entry.isFile) {
    found.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
    return;
  }
  for (const each of await entriesOf(entry as FileSystemDirectoryEntry)) await gather(each, `${path}/`, found);
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    // A reader gives a hundred at a time.
    const more = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (more.length === 0) return found;
    found.push(...more);
  }
}
